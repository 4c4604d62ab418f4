"""Texts that would break a page, a print or a spreadsheet that took them for anything else than
text."""

HOSTILE = (
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "\"'`${7*7}&amp;<!--",
    "bell\x07 escape\x1b[31m null\x00 next\u0085",
    "line\u2028paragraph\u2029end",
    "\u202eturned round",
    '=HYPERLINK("http://example.invalid";"x")',
    "[link](http://example.invalid) | *bold* `code`",
    "@@DATA@@ {label} @@SCRIPT@@",
    "../../etc/passwd\nsecond line",
)

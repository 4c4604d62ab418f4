"""Emergence: from dated documents or counts to named technologies, forecasts and their record.

In reading order:

- ``text``: words, phrases, acronyms, and whether years compare (``running_text`` cleans what is
  read)
- ``technologies``: which phrases are names, what is joined, and the same names looked up elsewhere;
  ``areas``
- ``counts``: somebody else's entities in their place
- ``forecast`` and ``record``: what is likely to take off, and how often such forecasts came true
- ``near_duplicates``: documents that are nearly the same text
"""

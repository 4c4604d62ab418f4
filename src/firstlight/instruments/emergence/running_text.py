"""Running text, English and Chinese: cleaned, folded, and the words no phrase begins with."""

from __future__ import annotations

import polars as pl
import rjieba

# Closed-class words of English. A grammar has them, not a field: no word is here because of what
# happened to it later.
FUNCTION_WORDS = frozenset(
    """
    a an the this that these those it its itself they them their theirs themselves we us our ours
    ourselves i me my myself you your yours he him his she her hers one ones who whom whose which
    what whatever when whenever where wherever why how and or nor but yet so if then else than as
    while whereas because since although though unless until whether in on at by for from with
    without into onto upon within across toward towards between among amongst over under above below
    about against during before after through throughout via per despite versus along around behind
    beyond beside besides except inside outside is are was were be been being am do does did done
    doing has have had having can cannot could may might must shall should will would not no none
    neither either both all any each every some such same other others another own only just also
    even still too very much many more most few fewer less least several enough quite rather there
    here thus hence therefore however moreover furthermore nevertheless nonetheless again further
    once ever never always often already now et al eg ie etc vs cf
    """.split()  # noqa: SIM905
)
LINKING_WORDS = frozenset(
    {"of", "to"}
)  # may stand inside a phrase: internet of things, machine to machine
CHINESE_FUNCTION_WORDS = frozenset(
    """的 了 和 与 及 或 在 对 是 为 以 于 从 到 由 被 把 将 并 而 且 但 也 都 就 还 又 等 之 其 该 此 这 那 各 每 某 本 我们 他们
    它们 一个 一种 一些 以及 并且 而且 但是 因此 所以 如果 由于 通过 根据 按照 关于 对于 为了 其中 同时 可以 能够 应该 需要 进行
    具有 没有 不 很 更 最 较 已 已经 中 上 下 内 外 前 后 间 时 所 者 地 得 着 过 第 个 种 次 年 月 日""".split()  # noqa: SIM905
)

_HAN = r"\p{Han}"
_GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|"
    "mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
)


def clean(text: pl.Expr) -> pl.Expr:
    """Plain text without addresses, LaTeX and HTML remnants or publishers' notices; case is kept.

    >>> text = "Schr\\\\\\"odinger <i>cats</i> &amp; $k$-means, $x^2$ (C) 2016 Elsevier B.V."
    >>> pl.select(clean(pl.lit(text))).item().strip()
    'Schrodinger  cats  & k-means,'
    """
    # A publisher's notice stands at the end: a copyright sign with a year, and what follows it.
    notice = r"(?i)(?:©|\(c\)|copyright)\s*(?:\(c\)|©)?\s*(?:19|20)\d\d.{0,200}$"
    steps: list[tuple[str, str]] = [
        (r"\u{ad}", ""),
        (r"[\x00-\x1f\x7f\u{200b}-\u{200f}\u{feff}]", " "),
        (r"(?:https?://|www\.)\S+", " "),
        (notice, " "),
        (r"</?[A-Za-z][A-Za-z0-9:]{0,20}(?:\s[^<>]{0,80})?/?>", " "),
        (r"&amp;", "&"),
        (r"&#?[A-Za-z0-9]{1,8};", " "),
        (r"\$([A-Za-z0-9]{1,12})\$", "$1"),
        (
            r"\$(?:[^$0-9][^$]{0,159}|[0-9](?:[^$]{0,158}[^$\s])?)?\$",
            " ",
        ),  # but not from one price in dollars to the next
        (r"\\([a-z])\{([a-z]{2,})\}", "$1$2"),  # \b{eta}: a \beta that an export broke
        (r"\\['\x22`^~=.]\{?([A-Za-z])\}?", "$1"),
        (r"\\[cuvHkrbd]\{([A-Za-z])\}", "$1"),
        (rf"\\({_GREEK})\b", " $1 "),
        (r"\\[A-Za-z]+", " "),
        (r"[{}]", ""),
    ]
    for pattern, replacement in steps:
        text = text.str.replace_all(pattern, replacement)
    return text


def fold(text: pl.Expr) -> pl.Expr:
    """Lower case, compatibility forms joined (ﬁ -> fi, Ａ -> a) and Latin accents dropped (é -> e).

    >>> pl.select(fold(pl.lit("Poincaré’s ﬁeld ＡＩ"))).item()
    'poincare field ai'
    """
    beyond_ascii = pl.when(text.str.len_bytes() > text.str.len_chars()).then(
        text
    )  # most texts are spared the work
    joined = (
        beyond_ascii.str.normalize("NFKD")
        .str.replace_all(r"[\x{300}-\x{36f}]", "")
        .str.normalize("NFC")
    )
    return pl.coalesce(joined, text).str.replace_all(r"['’]s\b", "").str.to_lowercase()


def segment_chinese(texts: pl.Series) -> pl.Series:
    """Spaces between the words of every text that has Chinese characters; others come back as they
    are."""
    han = texts.str.contains(_HAN).fill_null(False)
    if not han.any():
        return texts
    cut = texts.to_list()
    for place in han.arg_true():
        cut[place] = " ".join(rjieba.cut(cut[place]))
    return pl.Series(texts.name, cut, dtype=pl.String)


def singular(word: pl.Expr) -> pl.Expr:
    """English plurals to singulars by the S-stemmer's three rules, with closed exceptions.

    The area model was fitted on words that were cut so: other exceptions would ask for another fit.

    >>> pl.select(singular(pl.Series(["networks", "batteries", "analysis", "series", "physics",
    ...     "boxes"]))).to_series().to_list()
    ['network', 'battery', 'analysis', 'series', 'physics', 'box']
    """
    keeps = r"(?:ss|us|is|ics|as|os|ens|series|species|means|waals|bayes|news|thermodynamics)$"
    return without_plural(word, ~word.str.contains(r"^[a-z]{3,}s$") | word.str.contains(keeps))


def without_plural(word: pl.Expr, stays: pl.Expr) -> pl.Expr:
    """Words without their plural ending by the S-stemmer's three rules, but for those that stay.

    Source: Harman (1991), Journal of the American Society for Information Science 42(1), 7-15.
    """
    return (
        pl.when(stays)
        .then(word)
        .when(word.str.contains(r"[^ae]ies$"))
        .then(word.str.replace(r"ies$", "y"))
        .when(word.str.contains(r"(?:ch|sh|ss|x)es$"))
        .then(word.str.replace(r"es$", ""))
        .otherwise(word.str.replace(r"s$", ""))
    )

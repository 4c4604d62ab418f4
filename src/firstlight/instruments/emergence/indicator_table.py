"""What each indicator is called, counts in, means and comes from: the table that pages and reports read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Indicator:
    """One line of the table: a name, its unit, its source, and words for readers of English and Chinese.

    higher_en, higher_zh : what a higher value means
    """

    name: str
    unit: str
    title_en: str
    title_zh: str
    sentence_en: str
    sentence_zh: str
    higher_en: str
    higher_zh: str
    citation: str


ROTOLO = "Rotolo, Hicks and Martin (2015). What is an emerging technology? Research Policy 44(10), 1827-1843"
SMALL = (
    "Small, Boyack and Klavans (2014). Identifying emerging topics in science and technology. "
    "Research Policy 43(8), 1450-1467"
)
KLAVANS = (
    "Klavans, Boyack and Murdick (2020). A novel approach to predicting exceptional growth in research. "
    "PLoS ONE 15(9), e0239177"
)
CARLEY = "Carley, Newman, Porter and Garner (2018). An indicator of technical emergence. Scientometrics 115, 35-49"
PORTER = (
    "Porter, Garner, Carley and Newman (2019). Emergence scoring to identify frontier R&D topics and key players. "
    "Technological Forecasting and Social Change 146, 628-643"
)
KLEINBERG = "Kleinberg (2002). Bursty and hierarchical structure in streams. KDD '02, 91-101"
JOST = "Jost (2006). Entropy and diversity. Oikos 113(2), 363-375"
OWN = "Defined here, for the attribute of emergence named by "

FASTER = ("faster growth", "增长更快")

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "share",
        "share of the year's documents, 0 to 1",
        "Share",
        "占比",
        "Of all documents of the year, the share that belongs to this technology.",
        "当年全部文献中属于该技术的比例。",
        "a larger technology",
        "技术规模更大",
        KLAVANS,
    ),
    Indicator(
        "growth_1",
        "per year (0.08 = 8%)",
        "Growth, 1 year",
        "一年增长率",
        "How much the share grew over the last year.",
        "占比在最近一年的增长率。",
        *FASTER,
        SMALL,
    ),
    Indicator(
        "growth_3",
        "per year (0.08 = 8%)",
        "Growth, 3 years",
        "三年年均增长率",
        "How much the share grew per year over the last three years.",
        "占比在最近三年的年均增长率。",
        *FASTER,
        SMALL,
    ),
    Indicator(
        "growth_5",
        "per year (0.08 = 8%)",
        "Growth, 5 years",
        "五年年均增长率",
        "How much the share grew per year over the last five years.",
        "占比在最近五年的年均增长率。",
        *FASTER,
        SMALL,
    ),
    Indicator(
        "acceleration",
        "difference of two growth rates per year (0.08 = 8 points)",
        "Acceleration",
        "加速度",
        "Growth per year over the last three years, less that over the three years before.",
        "最近三年的年均增长率减去此前三年的年均增长率。",
        "growth is gathering speed",
        "增长正在加快",
        OWN + ROTOLO,
    ),
    Indicator(
        "stage",
        "1 / (years since the peak + 1), above 0 to 1",
        "Stage",
        "阶段",
        "How recently the share stood at its highest: 1 = now, 1/2 = a year ago.",
        "占比距最高点的远近：1 表示现在即为最高点，1/2 表示一年前。",
        "at or near its peak so far",
        "处于或接近迄今的最高点",
        KLAVANS,
    ),
    Indicator(
        "vitality",
        "mean of 1 / (age of a document + 1), above 0 to 1",
        "Vitality",
        "活力",
        "How young its documents of the last fifteen years are: 1 = all from this year.",
        "最近十五年文献的年轻程度：1 表示全部发表于当年。",
        "younger literature",
        "文献更年轻",
        KLAVANS,
    ),
    Indicator(
        "age",
        "years",
        "Age",
        "技术年龄",
        "Years since the first year with at least three documents in this record.",
        "自本记录中首次有至少三篇文献的年份起的年数。",
        "an older technology (at least as old as the record shows)",
        "技术更成熟（至少与记录所示一样久）",
        OWN + ROTOLO,
    ),
    Indicator(
        "novelty",
        "0 to 1; 1/2 = steady",
        "Novelty",
        "新颖性",
        "Its mean share in the last seven of ten years, against the three before: 1 = unseen before, 1/2 = steady.",
        "十年中后七年的平均占比相对于前三年：1 表示此前未出现，1/2 表示平稳。",
        "newer to the record",
        "在记录中更新",
        "After the rule on base and active years of " + CARLEY,
    ),
    Indicator(
        "persistence",
        "share of years, 0 to 1",
        "Persistence",
        "持续性",
        "Of the years since it was first seen, the share in which it has documents.",
        "自首次出现以来有文献的年份所占比例。",
        "a steadier presence",
        "出现更稳定",
        "After the attribute named by " + CARLEY,
    ),
    Indicator(
        "burst_state",
        "state: 0 = usual level, 1 = burst",
        "Burst",
        "突发状态",
        "Whether its share now stands in a burst, well above its usual level.",
        "占比当前是否处于突发状态，即明显高于其通常水平。",
        "in a burst now",
        "当前处于突发期",
        KLEINBERG,
    ),
    Indicator(
        "burst_weight",
        "nats",
        "Burst weight",
        "突发强度",
        "How strongly the counts speak for the burst that is running now; 0 where none is.",
        "数据对当前突发的支持强度；无突发时为 0。",
        "stronger evidence of a burst",
        "突发的证据更强",
        KLEINBERG,
    ),
    Indicator(
        "emergence_score",
        "dimensionless",
        "Emergence score",
        "涌现得分",
        "Activity of the last seven years against the root of all documents: level, recent rise and slope together.",
        "最近七年的活跃度（相对于全部文献数的平方根）：综合水平、近期上升与斜率。",
        "more emergent",
        "涌现性更强",
        CARLEY + "; " + PORTER,
    ),
    Indicator(
        "spread",
        "effective number of categories, 1 and up",
        "Spread",
        "学科分布广度",
        "Over how many equally large categories its documents would be as mixed as they are.",
        "其文献的分散程度相当于均匀分布在多少个类别中。",
        "used in more fields",
        "应用于更多领域",
        JOST,
    ),
    Indicator(
        "new_authors_share",
        "share of authors, 0 to 1",
        "New authors",
        "新作者占比",
        "Of this year's authors, the share who had not written on this technology before.",
        "当年作者中此前未发表过该技术文献者的比例。",
        "more newcomers",
        "新进入者更多",
        OWN + ROTOLO,
    ),
    Indicator(
        "neighbours_growth",
        "per year (0.08 = 8%)",
        "Neighbours' growth",
        "相邻技术增长率",
        "Mean growth per year, over three years, of the technologies linked with it, by strength of link.",
        "与其相连的技术在最近三年的年均增长率（按联系强度加权）。",
        "a faster-growing neighbourhood",
        "所处领域增长更快",
        OWN + ROTOLO,
    ),
)

REASONS: dict[str, tuple[str, str]] = {
    "": ("known", "已知"),
    "record too short": ("the record does not reach back far enough", "记录的年份不够长"),
    "no documents then": (
        "the technology had no documents in the year it is compared with",
        "用作比较的年份没有该技术的文献",
    ),
    "empty year": ("a year that it needs has no documents at all", "所需年份没有任何文献"),
    "no documents": (
        "the technology has no documents in the years read",
        "所读年份没有该技术的文献",
    ),
    "never reached": (
        "no year has as many documents as the first year needs",
        "没有任何年份达到起始年所需的文献数",
    ),
    "thin record": (
        "no year has the 200 documents in total that a peak needs",
        "没有年份达到确定最高点所需的 200 篇文献",
    ),
    "not handed in": ("the data that it needs was not handed in", "未提供所需数据"),
    "no linked growth": ("no linked technology has a known growth", "没有已知增长率的相连技术"),
}

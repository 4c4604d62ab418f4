from .instruments.concordance.code_conversion.code_conversion import (
    conversion as conversion,
)
from .instruments.concordance.code_conversion.code_matching import (
    Match as Match,
)
from .instruments.concordance.code_conversion.code_matching import (
    match_codes as match_codes,
)
from .instruments.concordance.code_conversion.code_matching import (
    whole_codes as whole_codes,
)
from .instruments.concordance.code_conversion.code_matching import (
    without_parts as without_parts,
)
from .instruments.concordance.demand_matching.demand_matching import (
    demands as demands,
)
from .instruments.concordance.demand_matching.text_scores import (
    Scores as Scores,
)
from .instruments.concordance.demand_matching.text_scores import (
    score_texts as score_texts,
)
from .instruments.concordance.industry_definitions.definition_files import (
    Definition as Definition,
)
from .instruments.concordance.industry_definitions.definition_files import (
    read_definition as read_definition,
)
from .instruments.concordance.industry_definitions.industry_definitions import (
    definition_share as definition_share,
)
from .instruments.concordance.standard_adoption.standard_adoption import (
    standards as standards,
)

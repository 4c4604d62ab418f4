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
from .instruments.concordance.plan_check.name_matching import (
    match_names as match_names,
)
from .instruments.concordance.plan_check.plan_check import (
    plan as plan,
)
from .instruments.concordance.standard_adoption.standard_adoption import (
    standards as standards,
)
from .instruments.concordance.technology_breadth.hill_numbers import (
    chao_jost_number as chao_jost_number,
)
from .instruments.concordance.technology_breadth.hill_numbers import (
    generality as generality,
)
from .instruments.concordance.technology_breadth.hill_numbers import (
    hill_number as hill_number,
)
from .instruments.concordance.technology_breadth.hill_numbers import (
    rarefied_count as rarefied_count,
)
from .instruments.concordance.technology_breadth.hill_numbers import (
    simpson_number as simpson_number,
)
from .instruments.concordance.technology_breadth.input_dependence import (
    input_dependence as input_dependence,
)
from .instruments.concordance.technology_breadth.input_dependence import (
    lost_uses as lost_uses,
)
from .instruments.concordance.technology_breadth.technology_breadth import (
    generic_technologies as generic_technologies,
)
from .instruments.concordance.technology_codes.coded_technologies import (
    technology_codes as technology_codes,
)
from .instruments.concordance.technology_codes.technology_codes import (
    concordance as concordance,
)

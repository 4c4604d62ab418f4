from .instruments.networks.brokerage import brokerage as brokerage
from .instruments.networks.collaboration_network.centrality import centrality as centrality
from .instruments.networks.collaboration_network.collaboration_network import (
    collaboration as collaboration,
)
from .instruments.networks.communities import communities as communities
from .instruments.networks.contribution_profile.atypical_combinations import (
    atypical_combinations as atypical_combinations,
)
from .instruments.networks.contribution_profile.contribution_profile import (
    contribution as contribution,
)
from .instruments.networks.contribution_profile.disruption import disruption as disruption
from .instruments.networks.contribution_profile.field_impact import field_impact as field_impact
from .instruments.networks.contribution_profile.new_combinations import (
    new_combinations as new_combinations,
)
from .instruments.networks.cross_border_works.cross_border_works import cooperation as cooperation
from .instruments.networks.graduate_balance.graduate_balance import graduates as graduates
from .instruments.networks.partner_choice.consortium import (
    recommend_consortium as recommend_consortium,
)
from .instruments.networks.partner_choice.consortium_record import (
    backtest_consortium as backtest_consortium,
)
from .instruments.networks.partner_choice.partner_choice import partners as partners
from .instruments.networks.partner_choice.partner_forecast import (
    backtest_partners as backtest_partners,
)
from .instruments.networks.partner_choice.partner_forecast import (
    forecast_partners as forecast_partners,
)
from .instruments.networks.role_profiles.role_profiles import talent_roles as talent_roles
from .instruments.networks.shapley_attribution.shapley import (
    explained_variance as explained_variance,
)
from .instruments.networks.shapley_attribution.shapley import shapley as shapley
from .instruments.networks.shapley_attribution.shapley_attribution import attribution as attribution
from .instruments.networks.shapley_attribution.shapley_intervals import (
    explained_variance_intervals as explained_variance_intervals,
)
from .instruments.networks.talent_flows.flows import talent_flows as talent_flows
from .instruments.networks.talent_flows.relatedness_density import (
    relatedness_density as relatedness_density,
)
from .instruments.networks.talent_flows.skill_relatedness import (
    skill_relatedness as skill_relatedness,
)
from .instruments.networks.talent_flows.talent_flows import talent as talent

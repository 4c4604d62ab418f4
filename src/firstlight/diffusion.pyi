from .instruments.diffusion.adoption_lags.adoption_lags import adoption as adoption
from .instruments.diffusion.bass_fit import fit_bass as fit_bass
from .instruments.diffusion.competition import lotka_volterra as lotka_volterra
from .instruments.diffusion.contract_prices.contract_prices import (
    technology_prices as technology_prices,
)
from .instruments.diffusion.contract_prices.price_index import time_dummies as time_dummies
from .instruments.diffusion.contract_prices.typical_values import median_interval as median_interval
from .instruments.diffusion.cost_learning.cost_learning import learning as learning
from .instruments.diffusion.cost_learning.laws import knowledge_stock as knowledge_stock
from .instruments.diffusion.cost_learning.laws import two_factor as two_factor
from .instruments.diffusion.growth_average import forecast_growth as forecast_growth
from .instruments.diffusion.growth_forecast.growth_forecast import growth as growth
from .instruments.diffusion.growth_hindcast import growth_hindcast as growth_hindcast
from .instruments.diffusion.lead_lag import lead_lag as lead_lag
from .instruments.diffusion.life_cycle import life_cycle as life_cycle
from .instruments.diffusion.life_stages.life_stages import stages as stages
from .instruments.diffusion.market_takeover.market_takeover import substitution as substitution
from .instruments.diffusion.readiness import readiness as readiness
from .instruments.diffusion.same_company import same_company as same_company
from .instruments.diffusion.take_off import take_off as take_off
from .instruments.diffusion.tracing import trace_records as trace_records
from .instruments.diffusion.two_technologies.two_technologies import interaction as interaction

from .instruments.complexity.complexity_index import complexity_index as complexity_index
from .instruments.complexity.complexity_index import reflections as reflections
from .instruments.complexity.configuration_model import configuration_model as configuration_model
from .instruments.complexity.density import outlook as outlook
from .instruments.complexity.economic_complexity.economic_complexity import complexity as complexity
from .instruments.complexity.economic_complexity.yearly_indices import (
    economic_complexity as economic_complexity,
)
from .instruments.complexity.fitness import fitness as fitness
from .instruments.complexity.fitness import genepy as genepy
from .instruments.complexity.next_activities.crosswalk_growth import (
    growth_by_crosswalk as growth_by_crosswalk,
)
from .instruments.complexity.next_activities.next_activities import opportunities as opportunities
from .instruments.complexity.next_activities.opportunity_record import (
    opportunity_record as opportunity_record,
)
from .instruments.complexity.next_activities.portfolios import portfolios as portfolios
from .instruments.complexity.proximity import proximity as proximity
from .instruments.complexity.related_activities import related_activities as related_activities
from .instruments.complexity.specialisation import PresenceRule as PresenceRule
from .instruments.complexity.specialisation import specialisation as specialisation

from .embodied_digital_inputs.embodied_digital_inputs import (
    digital_content as digital_content,
)
from .take_offs_by_chain.take_offs_by_chain import take_off_chains as take_off_chains
from .take_offs_by_code import ExpectedTakeOffs as ExpectedTakeOffs
from .take_offs_by_code import expected_take_offs as expected_take_offs
from .take_offs_by_industry.take_offs_by_industry import (
    take_off_drivers as take_off_drivers,
)
from .take_offs_by_occupation.take_offs_by_occupation import (
    take_off_graduates as take_off_graduates,
)
from .take_offs_by_place.take_offs_by_place import (
    take_off_opportunities as take_off_opportunities,
)

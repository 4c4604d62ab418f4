from .instruments.disparity.convergence_clubs.club_search import Club as Club
from .instruments.disparity.convergence_clubs.club_search import find_clubs as find_clubs
from .instruments.disparity.convergence_clubs.club_search import merge_clubs as merge_clubs
from .instruments.disparity.convergence_clubs.convergence_clubs import clubs as clubs
from .instruments.disparity.convergence_clubs.log_t import LogT as LogT
from .instruments.disparity.convergence_clubs.log_t import hodrick_prescott as hodrick_prescott
from .instruments.disparity.convergence_clubs.log_t import log_t_test as log_t_test

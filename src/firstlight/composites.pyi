from .instruments.composites.aggregations import (
    grey_coefficients as grey_coefficients,
)
from .instruments.composites.aggregations import (
    mazziotta_pareto as mazziotta_pareto,
)
from .instruments.composites.aggregations import (
    node_scores as node_scores,
)
from .instruments.composites.aggregations import (
    score as score,
)
from .instruments.composites.aggregations import (
    topsis as topsis,
)
from .instruments.composites.aggregations import (
    vikor as vikor,
)
from .instruments.composites.aggregations import (
    weighted_mean as weighted_mean,
)
from .instruments.composites.benefit_of_the_doubt import (
    benefit_of_the_doubt as benefit_of_the_doubt,
)
from .instruments.composites.composite_index.composite_index import (
    index as index,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    coupling as coupling,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    coupling_index as coupling_index,
)
from .instruments.composites.coupling_degree.coupling_degree import (
    entropy_weights as entropy_weights,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    CriticWeights as CriticWeights,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    critic as critic,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    critic_weights as critic_weights,
)
from .instruments.composites.criteria_importance.criteria_importance import (
    min_max as min_max,
)
from .instruments.composites.declaration_file import (
    read_declaration as read_declaration,
)
from .instruments.composites.gap_filling import (
    fill_gaps as fill_gaps,
)
from .instruments.composites.index_declaration import (
    Choices as Choices,
)
from .instruments.composites.index_declaration import (
    Declaration as Declaration,
)
from .instruments.composites.index_declaration import (
    with_choices as with_choices,
)
from .instruments.composites.index_scores import (
    IndexScores as IndexScores,
)
from .instruments.composites.index_scores import (
    composite_scores as composite_scores,
)
from .instruments.composites.index_scores import (
    normalised as normalised,
)
from .instruments.composites.index_scores import (
    score_nodes as score_nodes,
)
from .instruments.composites.index_scores import (
    treated_values as treated_values,
)
from .instruments.composites.index_tree import (
    IndexTree as IndexTree,
)
from .instruments.composites.index_tree import (
    index_tree as index_tree,
)
from .instruments.composites.index_weights import (
    declared_weights as declared_weights,
)
from .instruments.composites.index_weights import (
    index_weights as index_weights,
)
from .instruments.composites.normalisations import (
    distance_to_reference as distance_to_reference,
)
from .instruments.composites.normalisations import (
    goalpost_scale as goalpost_scale,
)
from .instruments.composites.normalisations import (
    rank_scale as rank_scale,
)
from .instruments.composites.normalisations import (
    vector_scale as vector_scale,
)
from .instruments.composites.normalisations import (
    z_scores as z_scores,
)
from .instruments.composites.outlier_treatment import (
    Treated as Treated,
)
from .instruments.composites.outlier_treatment import (
    kurtosis as kurtosis,
)
from .instruments.composites.outlier_treatment import (
    skewness as skewness,
)
from .instruments.composites.outlier_treatment import (
    treat_outliers as treat_outliers,
)
from .instruments.composites.outlier_treatment import (
    winsorised as winsorised,
)
from .instruments.composites.pairwise_judgements import (
    PairwiseWeights as PairwiseWeights,
)
from .instruments.composites.pairwise_judgements import (
    pairwise_weights as pairwise_weights,
)
from .instruments.composites.weightings import (
    combined_weights as combined_weights,
)
from .instruments.composites.weightings import (
    merec_weights as merec_weights,
)
from .instruments.composites.weightings import (
    principal_component_weights as principal_component_weights,
)
from .instruments.composites.weightings import (
    variation_weights as variation_weights,
)

"""Words for work: NCS, KECO 2018, and what people write instead, as data with a pure lookup.

A text that stands in no list is nobody's synonym: it means what it says.
"""

from ieum.common.classification.lookup import Classification, Field, classification, fold

__all__ = ["Classification", "Field", "classification", "fold"]

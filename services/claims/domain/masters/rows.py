"""One row of any master, typed. The six share `change`, `code`, `valid_from`, `valid_to` and `extra`."""

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.comments import MasterComment
from services.claims.domain.masters.diseases import Disease
from services.claims.domain.masters.drugs import Drug
from services.claims.domain.masters.materials import Material
from services.claims.domain.masters.modifiers import Modifier

Row = Disease | Modifier | Act | Drug | Material | MasterComment
"""The row of a master; `valid_from` is 変更年月日 (a disease's or modifier's 収載年月日 where it never changed)."""

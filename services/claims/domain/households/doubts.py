"""What a household's statement could not know, in order of gravity. A closed set; each is stated, none is guessed."""

from enum import Enum


class Doubt(Enum):
    """A gap in a statement. The first four leave out the claim that they concern."""

    UNREADABLE = "unreadable"
    """The claim was accepted under rules of form that read its receipt no longer."""
    CUTS_UNPLACED = "cuts_unplaced"
    """The claim was reduced, and the decision does not tell which benefit share lost how many points."""
    COPAY_UNKNOWN = "copay_unknown"
    """No answer of eligibility is kept with the decision, and not exactly one ratio explains its yen."""
    SPLIT_DIFFERS = "split_differs"
    """The split of today's release is not what the decision settled; the decision stands, and the claim is left out."""
    COPAY_INFERRED = "copay_inferred"
    """No answer of eligibility is kept: the one ratio that explains the yen was taken, and the class of the marks."""
    PERSON_UNCERTAIN = "person_uncertain"
    """Without a branch number, and two members of the household share birth date and sex: taken as a person apart."""
    CLASS_BY_CARD = "class_by_card"
    """No claim tells the class of 70 and over: that of the card alone was taken, as hospitals do (一般, 現役並みⅢ)."""
    CLASS_UNKNOWN = "class_unknown"
    """No claim tells the class (適用区分) of an age whose limit could hold: what needs it does not come back."""
    CLASS_CONTRADICTED = "class_contradicted"
    """Claims tell different classes for one age: what needs it does not come back."""
    CLASS_FROM_OTHER_MONTHS = "class_from_other_months"
    """The year's class is that of 31 July; July tells none, and all other months tell the same one."""
    OTHERS_UNSEEN = "others_unseen"
    """Those of 75 and over have a number each: others of their household cannot be told from receipts."""

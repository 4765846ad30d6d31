"""Codes that coding found for diagnoses written as free text: what they clear, contradict, or cannot be."""

from dataclasses import replace

from tests.mutations.planted import Catalogue, Planted
from tests.mutations.scenes import DISEASE, Scene, Stage, disease, written

FREE_TEXT = Catalogue()
CARE, EPILEPSY = "113001810", "8848310"


def found(scene: Scene, code: str) -> Scene:
    """The scene in which coding found this code for its free text."""
    return replace(scene, found=((scene.receipt.line_of("0000999"), code, ()),))


@FREE_TEXT.found_by("coding.names-disease")
def care_whose_disease_stands_in_free_text_alone(stage: Stage) -> Planted:
    care = (stage.visit(), stage.once(CARE))
    coded = stage.outpatient(*care, diseases=[disease(EPILEPSY), written("架空の病")])
    scene = stage.outpatient(*care, diseases=[disease(DISEASE), written("架空の病")])
    return Planted(found(coded, EPILEPSY), found(scene, EPILEPSY), scene.receipt.line_of(CARE))


@FREE_TEXT.found_by("coding.not-insured")
def text_of_a_disease_that_is_not_billed(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), diseases=[written("架空の病")])
    return Planted(found(scene, DISEASE), found(scene, "8850703"), scene.receipt.line_of("0000999"))


@FREE_TEXT.found_by("coding.other-sex")
def text_of_a_disease_of_the_other_sex(stage: Stage) -> Planted:
    """8836591 前立腺肥大症 (N40), 2189001 巨大子宮筋腫 (D25.9); the patient is a man."""
    scene = stage.outpatient(stage.visit(), diseases=[disease(DISEASE), written("架空の病")])
    return Planted(found(scene, "8836591"), found(scene, "2189001"), scene.receipt.line_of("0000999"))


@FREE_TEXT.found_by("coding.not-used")
def text_coded_by_a_code_that_is_not_in_the_master(stage: Stage) -> Planted:
    scene = stage.outpatient(stage.visit(), diseases=[disease(DISEASE), written("架空の病")])
    return Planted(found(scene, "8836591"), found(scene, "9999999"), scene.receipt.line_of("0000999"))

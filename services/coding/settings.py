"""What coding is told by its environment."""

import ipaddress
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import DirectoryPath, Field, SecretStr, ValidationInfo, field_validator

from services.coding.adapters.adviser.egress import EgressRefused, EgressRules, endpoint_of
from services.coding.adapters.adviser.prompting import PROMPT_VERSION
from services.coding.adapters.agreement_files import BadAgreement, read_agreement
from services.coding.application.advising import ASKED_FROM, Agreement
from services.shared.chassis.settings import ProcessSettings, ReadableFile, ServiceSettings


class ModelSettings(ProcessSettings):
    """A language model as adviser: none, unless `coding_model_base_url` names one that the lists allow.

    `coding_model_hosts` and `coding_model_networks` are lists with commas: exact names, and the CIDR networks in which
    their IP addresses lie. `coding_model_credential` is the whole Authorization header. Prices are yen for a million
    tokens. `coding_model_agreement` is what `make eval MODEL=...` wrote, for this model and the prompt of now; without
    it the model's word makes nothing automatic. Refused, and with it the process: an address that is not listed, a
    measurement of another model or prompt.
    """

    coding_model_hosts: str = ""
    coding_model_networks: str = ""
    coding_model_plain_loopback: bool = False
    coding_model_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{0,100}$")] = ""
    coding_model_provider: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,40}$")] = "openai_compatible"
    coding_model_credential: Annotated[SecretStr, Field(max_length=4_096)] = SecretStr("")
    coding_model_ca_file: ReadableFile | None = None
    coding_model_places: Annotated[int, Field(ge=1, le=64)] = 8
    coding_model_timeout_s: Annotated[float, Field(ge=0.1, le=12.0)] = 8.0
    coding_model_asked_from: Annotated[float, Field(gt=0.0, le=1.0)] = ASKED_FROM
    coding_model_deadline_s: Annotated[float, Field(ge=0.1, le=12.0)] = 4.0
    coding_model_waiting: Annotated[int, Field(ge=1, le=1_000)] = 32
    coding_model_agreement: ReadableFile | None = None
    coding_model_period_s: Annotated[float, Field(ge=1.0, le=2_678_400.0)] = 86_400.0
    coding_model_period_calls: Annotated[int, Field(ge=1)] = 100_000
    coding_model_period_tokens: Annotated[int, Field(ge=1)] = 50_000_000
    coding_model_input_yen: Annotated[int, Field(ge=0)] = 0
    coding_model_output_yen: Annotated[int, Field(ge=0)] = 0
    coding_model_base_url: str = ""

    @field_validator("coding_model_networks")
    @classmethod
    def _are_networks(cls, written: str) -> str:
        for each in _listed(written):
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ValueError("must be CIDR networks with commas between them") from None
        return written

    @field_validator("coding_model_agreement")
    @classmethod
    def _is_measured(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is None:
            return None
        try:
            agreement = read_agreement(file.read_bytes())
        except BadAgreement as fault:
            raise ValueError(f"must be a measurement: {fault}") from None
        if agreement.prompt_version != PROMPT_VERSION or agreement.model != info.data.get("coding_model_name"):
            raise ValueError("was measured for another model or another prompt")
        return file

    @field_validator("coding_model_credential")
    @classmethod
    def _is_header(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if not (value.isascii() and value.isprintable()):
            raise ValueError("must be one line of ASCII")
        return secret

    @field_validator("coding_model_base_url")
    @classmethod
    def _is_listed(cls, base_url: str, info: ValidationInfo) -> str:
        told = info.data
        if not base_url or not {"coding_model_hosts", "coding_model_networks", "coding_model_name"} <= told.keys():
            return base_url
        if not told["coding_model_name"]:
            raise ValueError("needs SEIKYU_CODING_MODEL_NAME beside it")
        try:
            rules = egress_rules(
                told["coding_model_hosts"],
                told["coding_model_networks"],
                plain_loopback=told.get("coding_model_plain_loopback", False),
            )
            endpoint_of(base_url, rules)
        except EgressRefused as refused:
            raise ValueError(str(refused)) from None
        return base_url

    @property
    def agreement(self) -> Agreement | None:
        """What confirming was measured to be worth."""
        file = self.coding_model_agreement
        return read_agreement(file.read_bytes()) if file is not None else None

    @property
    def egress(self) -> EgressRules:
        """Whom the adviser may call. Raises ValueError where nothing is listed."""
        return egress_rules(
            self.coding_model_hosts, self.coding_model_networks, plain_loopback=self.coding_model_plain_loopback
        )


class CodingSettings(ServiceSettings, ModelSettings):
    """`disease_master`, `modifier_master`: official b_*.zip and z_*.zip, or their CSV, instead of the own extracts.

    `name_masters`: a folder with y_* and s_* files, for names of drugs and procedures; without it those are refused.
    `coder_model`: what `seikyu coding train` wrote; without it the model that ships.
    `coding_backlog_per_s`: how many requests of the backlog are coded anew in a second at most;
    `coding_instance`: this process's static membership id; each replica needs its own, and keeps it over restarts.
    `review_service_level_h`: within how many hours a line that came to the review queue is to be decided;
    `double_check_share`: of automatic codes, the share (0 to 1) that a person looks at once more;
    `review_lease_min`: for how many minutes a reviewer holds a line that he took.
    """

    service_name: ClassVar[str] = "coding"

    disease_master: ReadableFile | None = None
    modifier_master: ReadableFile | None = None
    name_masters: DirectoryPath | None = None
    coder_model: ReadableFile | None = None
    coding_instance: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,64}$")] = "coding-0"
    coding_stall_limit_s: Annotated[float, Field(ge=1.0, le=600.0)] = 60.0
    coding_backlog_per_s: Annotated[float, Field(ge=0.1, le=10_000.0)] = 100.0
    review_service_level_h: Annotated[int, Field(ge=1, le=2_000)] = 72
    double_check_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.01
    review_lease_min: Annotated[int, Field(ge=1, le=480)] = 30
    review_figures_interval_s: Annotated[float, Field(ge=0.1, le=600.0)] = 30.0


def egress_rules(hosts: str, networks: str, *, plain_loopback: bool) -> EgressRules:
    """The rules of two lists with commas. Raises ValueError where one is empty."""
    return EgressRules(
        hosts=frozenset(_listed(hosts)),
        networks=tuple(ipaddress.ip_network(each) for each in _listed(networks)),
        plain_loopback=plain_loopback,
    )


def _listed(written: str) -> list[str]:
    return [each.strip() for each in written.split(",") if each.strip()]

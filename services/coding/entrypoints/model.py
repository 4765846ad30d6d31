"""`seikyu model try`: whether the configured language model answers within the rules, asked about nobody."""

import sys

import click


@click.group(name="model")
def model() -> None:
    """The language model that coding is configured with."""


@model.command(name="try")
def try_model() -> None:
    """Send canaries to the model that SEIKYU_CODING_MODEL_* names, by the rules that bind the service.

    Prints the form of request that it understands. Ends with 0 if there is one, 1 if it does not answer within the
    rules, 2 if none is configured, 78 if the settings are refused.
    """
    from services.coding.entrypoints.model_trial import NotConfigured, tried  # noqa: PLC0415 - loads the client

    try:
        trial = tried()
    except NotConfigured as fault:
        raise click.UsageError(str(fault)) from fault
    sys.stdout.write(f"{trial.model}: {trial.told}\n")
    if not trial.answers:
        raise click.exceptions.Exit(1)

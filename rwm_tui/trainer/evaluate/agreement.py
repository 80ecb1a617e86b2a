"""Contacts and terminations as yes-or-no answers, and whether a model knows when it errs."""

import numpy as np
import torch
from torch import Tensor

from rwm_tui.core.evaluation.measurement import Classification, Correlation, Uncertainty
from rwm_tui.core.ports import NotAvailable
from rwm_tui.trainer.system_dynamics import Forecast

# Columns of system_contact; the termination is the base's contact.
CONTACT_PARTS = {"thigh_contact": slice(0, 4), "foot_contact": slice(4, 8)}
TERMINATION = "base_contact"


def contact_agreement(forecast: Forecast, contacts: Tensor, terminations: Tensor) -> dict[str, Classification]:
    """By part, over all windows, steps and columns of it; a probability above one half is a yes.

    :param contacts: true values (B, K, 8); ``terminations`` (B, K, 1).
    """
    parts = {
        name: classify(forecast.contacts[..., columns], contacts[..., columns])
        for name, columns in CONTACT_PARTS.items()
    }
    return {**parts, TERMINATION: classify(forecast.terminations, terminations)}


def classify(probabilities: Tensor, true: Tensor) -> Classification:
    """Accuracy and balanced accuracy of probabilities against zeros and ones of the same shape."""
    said, holds = probabilities > 0.5, true > 0.5
    base_rate = holds.double().mean().item()
    if bool(holds.all()) or not bool(holds.any()):
        only = "yes" if bool(holds.all()) else "no"
        balanced: float | NotAvailable = NotAvailable(f"the true answer is always {only} in these rows")
    else:
        balanced = (said[holds].double().mean().item() + (~said[~holds]).double().mean().item()) / 2.0
    return Classification(
        rows=holds.numel(),
        base_rate=base_rate,
        accuracy=(said == holds).double().mean().item(),
        constant_accuracy=max(base_rate, 1.0 - base_rate),
        balanced_accuracy=balanced,
    )


def uncertainty_agreement(forecast: Forecast, true: Tensor, members: int) -> Uncertainty | NotAvailable:
    """How far the members' disagreement follows the error; one member cannot disagree.

    :param true: states (B, K, 45).
    """
    if members < 2:
        return NotAvailable("the model has one member, whose disagreement with itself is nothing")
    errors = (forecast.states - true).abs().sum(-1).double()
    epistemic = forecast.epistemic.double()
    if not bool(torch.isfinite(errors).all() and torch.isfinite(epistemic).all()):
        return NotAvailable("the predictions diverged")
    return Uncertainty(
        members=members,
        pointwise=_pearson(epistemic.flatten(), errors.flatten()),
        step_averaged=_pearson(epistemic.mean(0), errors.mean(0)),
        epistemic=tuple(epistemic.mean(0).tolist()),
    )


def _pearson(first: Tensor, second: Tensor) -> Correlation | NotAvailable:
    if len(first) < 3 or first.std().item() == 0.0 or second.std().item() == 0.0:
        return NotAvailable("one of the two does not vary")
    return float(np.clip(np.corrcoef(first.numpy(), second.numpy())[0, 1], -1.0, 1.0))

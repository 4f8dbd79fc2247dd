"""kill -9 at random moments: the promise holds whatever happens to the process."""

import os
from pathlib import Path

import pytest

from tests.support.kills import kill_at_random

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(300)]


def test_nothing_archived_is_unannounced_and_no_alert_has_two_ids(tmp_path: Path) -> None:
    """Each life ends in the middle of filing, matching or delivering; the next goes on."""
    seed = int(os.environ.get("PRESSWATCH_SEED", "20261122"))
    after = kill_at_random(tmp_path, kills=8, seed=seed)
    print(after)

    assert after.archived == after.rows == after.published
    assert after.unannounced == ()
    assert after.two_ids == ()
    assert after.invalid == 0
    assert after.integrity == "ok"

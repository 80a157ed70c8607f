"""Text of records in data frames."""

import pandas as pd

from benchmark.report.escaping import encodable


def test_a_broken_character_is_a_question_mark_that_any_data_frame_takes():
    """A name of a file may hold bytes that are no text; JSON keeps them as lone surrogates."""
    assert encodable("a \ud800 b") == "a ? b"
    assert encodable("文 ½ é") == "文 ½ é"
    assert pd.Series([encodable("\udcff")], dtype="string")[0] == "?"

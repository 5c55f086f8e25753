"""The routes of all pages of segments and scores."""

from api.pages.scores import ask_for_scores, export_scores, show_scores
from api.pages.segment_form import make_segment, save_segment, show_new_segment, show_segment
from api.pages.segments import archive_segment, show_count, show_segments

SEGMENTS = (
    show_segments,
    show_new_segment,
    make_segment,
    show_segment,
    save_segment,
    show_count,
    archive_segment,
    show_scores,
    ask_for_scores,
    export_scores,
)

"""The routes of all pages of surveys."""

from api.pages.survey_call import end_survey_call, show_survey_call, take_next_call
from api.pages.survey_form import save_questions, show_questions
from api.pages.survey_lists import make_call_list, share_out_calls
from api.pages.survey_report import export_report, show_report
from api.pages.surveys import choose_survey, make_new_survey, show_new_survey, show_survey, show_surveys

SURVEYS = (
    show_surveys,
    choose_survey,
    show_new_survey,
    make_new_survey,
    show_survey,
    show_questions,
    save_questions,
    make_call_list,
    share_out_calls,
    take_next_call,
    show_survey_call,
    end_survey_call,
    show_report,
    export_report,
)

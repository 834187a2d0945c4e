/* The library from C: what there is, from the session to the last byte, and structs of other sizes than today's. plain FILE DIRECTORY CONDITION */
#include <mdm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the first version has stays: a program that was built with it goes on. */
typedef char sizes_of_the_first_version[sizeof(mdm_error) == 1032 && sizeof(mdm_session_options) == 64 && sizeof(mdm_entry) == 56 && sizeof(mdm_question) == 88
    && sizeof(mdm_value) == 16 && sizeof(mdm_row) == 56 && sizeof(mdm_report) == 48 && sizeof(mdm_fetch_options) == 24 ? 1 : -1];

static void demand(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "not so: %s\n", what);
        exit(1);
    }
}

static int32_t take(void *user, const mdm_entry *entry, const uint8_t *bytes, size_t length) {
    demand(entry->size == sizeof(mdm_entry) && entry->path != NULL && bytes != NULL, "a file of a fetch");
    *(size_t *)user += length;
    return 0;
}

int main(int count, char **words) {
    static char text[MDM_ENTRY_TEXT_SIZE], row_text[65536];
    unsigned char first[16], again[16];
    mdm_error e = MDM_ERROR_INIT;
    mdm_session session = 0;
    mdm_file file = 0;
    mdm_listing listing = 0;
    mdm_query query = 0;
    mdm_entry entry = MDM_ENTRY_INIT;
    mdm_row row = MDM_ROW_INIT;
    mdm_report report = MDM_REPORT_INIT;
    mdm_question question = MDM_QUESTION_INIT;
    mdm_fetch_options fetch = MDM_FETCH_OPTIONS_INIT;
    mdm_session_options options = MDM_SESSION_OPTIONS_INIT;
    int64_t length = 0;
    size_t got = 0, entries = 0, rows = 0, reports = 0, fetched = 0;
    /* As a later header may have them. */
    struct { mdm_entry entry; char more[40]; } long_entry;
    struct { mdm_question question; char more[40]; } long_question;
    mdm_error unsized;

    demand(count == 4, "three words");
    demand(mdm_session_open(&options, &session, &e) == MDM_OK, e.message);
    demand(mdm_stat(session, words[1], &entry, text, sizeof text, NULL, 0, &e) == MDM_OK && strcmp(entry.path, words[1]) == 0, e.message);
    demand(mdm_file_open(session, words[1], &file, &length, 0, &e) == MDM_OK && length > 1000, e.message);
    demand(mdm_file_read(file, 100, first, sizeof first, &got, 0, &e) == MDM_OK && got == sizeof first, e.message);
    demand(mdm_file_read(file, 100, again, sizeof again, &got, 0, &e) == MDM_OK && memcmp(first, again, sizeof first) == 0, e.message);
    demand(mdm_listing_open(session, words[2], &listing, 0, &e) == MDM_OK, e.message);
    while (mdm_listing_next(listing, &entry, text, sizeof text, NULL, 0, &e) == MDM_OK)
        entries++;
    demand(e.kind == MDM_END && entries > 1, "a listing to its end");
    demand(mdm_fetch(session, words[2], &fetch, take, &fetched, 0, &e) == MDM_OK && fetched > 1000, e.message);
    question.condition = words[3];
    demand(mdm_query_open(session, &question, &query, 0, &e) == MDM_OK, e.message);
    while (mdm_query_next(query, &row, row_text, sizeof row_text, NULL, 0, &e) == MDM_OK)
        rows++;
    demand(e.kind == MDM_END && rows > 0, "a query to its end");
    demand(mdm_query_reports(query, &reports, &e) == MDM_OK && reports > 0, e.message);
    demand(mdm_query_report(query, 0, &report, text, sizeof text, NULL, &e) == MDM_OK && report.outcome == MDM_ANSWERED, e.message);
    demand(mdm_query_close(query, &e) == MDM_OK, e.message);

    memset(&long_entry, 0x55, sizeof long_entry);
    long_entry.entry.size = sizeof long_entry;
    demand(mdm_stat(session, words[1], &long_entry.entry, text, sizeof text, NULL, 0, &e) == MDM_OK && strcmp(long_entry.entry.path, words[1]) == 0, e.message);
    demand(long_entry.entry.size == sizeof long_entry && long_entry.more[0] == 0 && long_entry.more[39] == 0, "what is not known is zero");
    memset(&long_question, 0, sizeof long_question);
    long_question.question = question;
    long_question.question.size = sizeof long_question;
    demand(mdm_query_open(session, &long_question.question, &query, 0, &e) == MDM_OK, "a longer question that asks for nothing new");
    demand(mdm_query_close(query, &e) == MDM_OK, e.message);
    long_question.more[39] = 1;
    demand(mdm_query_open(session, &long_question.question, &query, 0, &e) == MDM_BAD_ARGUMENT && query == 0, "a longer question that asks for something new");
    question.size = sizeof question - 4;
    demand(mdm_query_open(session, &question, &query, 0, &e) == MDM_BAD_ARGUMENT, "shorter than any");
    question.size = 1u << 30;
    demand(mdm_query_open(session, &question, &query, 0, &e) == MDM_BAD_ARGUMENT, "longer than any");
    question.size = sizeof question;
    question.reserved = 1;
    demand(mdm_query_open(session, &question, &query, 0, &e) == MDM_BAD_ARGUMENT && strstr(e.message, "reserved") != NULL, "what means nothing");
    question.reserved = 0;
    question.time_limit_ms = UINT32_MAX;
    demand(mdm_query_open(session, &question, &query, 0, &e) == MDM_BAD_ARGUMENT && strstr(e.message, "MDM_MAX_TIMEOUT_MS") != NULL, "a time limit beyond all");
    options.call_timeout_ms = UINT32_MAX;
    demand(mdm_session_open(&options, &query, &e) == MDM_BAD_ARGUMENT && strstr(e.message, "MDM_MAX_TIMEOUT_MS") != NULL, "a time limit beyond all");

    demand(mdm_file_open(session, words[2], &query, NULL, 0, &e) == MDM_IS_A_DIRECTORY, "a directory is no file");
    demand(mdm_listing_close(listing, NULL) == MDM_OK, "closed");
    memset(&unsized, 0, sizeof unsized);
    demand(mdm_file_close(file, &unsized) == MDM_OK && mdm_file_close(file, NULL) == MDM_BAD_HANDLE, "closed whatever the error is");
    demand(mdm_session_close(session, &e) == MDM_OK, e.message);
    printf("C: %lu entries, %lu rows, %lu bytes\n", (unsigned long)entries, (unsigned long)rows, (unsigned long)fetched);
    return 0;
}

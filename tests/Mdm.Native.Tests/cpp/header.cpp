// mdm.hpp alone, over functions of this file in the library's place: what they are told, and what the header makes of what they answer.
#include <mdm.hpp>

#include <cstring>
#include <iostream>
#include <iterator>
#include <limits>
#include <thread>

namespace {

constexpr std::int64_t file_length = 1 << 20;
constexpr int rows_of_query = 4000;

int reads = 0;          // calls of mdm_file_read
int failing_read = 0;   // the one of them that fails, counted from 1
std::int64_t modified = 0;
std::vector<std::string> asked;
std::atomic<int> items{0};

unsigned char byte_at(std::int64_t offset) { return static_cast<unsigned char>(offset * 31 + (offset >> 12)); }

void demand(bool holds, const std::string &what) {
    if (!holds)
        throw std::runtime_error("not so: " + what);
}

template <typename Call>
bool is_refused(Call &&call) {
    try {
        call();
        return false;
    } catch (const mdm::error &e) {
        return e.kind() == mdm::kind::bad_argument;
    }
}

} // namespace

extern "C" {

const char *mdm_version(void) { return "none"; }
const char *mdm_kind_name(int32_t) { return "a kind"; }
int32_t mdm_session_open(const mdm_session_options *, mdm_session *session, mdm_error *) { return *session = 1, MDM_OK; }
int32_t mdm_session_close(mdm_session, mdm_error *) { return MDM_OK; }
int32_t mdm_cancel_create(mdm_cancel *cancel, mdm_error *) { return *cancel = 2, MDM_OK; }
int32_t mdm_cancel_now(mdm_cancel, mdm_error *) { return MDM_OK; }
int32_t mdm_cancel_close(mdm_cancel, mdm_error *) { return MDM_OK; }

int32_t mdm_stat(mdm_session, const char *, mdm_entry *entry, char *text, size_t, size_t *, mdm_cancel, mdm_error *) {
    entry->modified = modified;
    entry->surl = entry->path = std::strcpy(text, "/f");
    return MDM_OK;
}

int32_t mdm_listing_open(mdm_session, const char *, mdm_listing *listing, mdm_cancel, mdm_error *) { return *listing = 3, MDM_OK; }
int32_t mdm_listing_close(mdm_listing, mdm_error *) { return MDM_OK; }
int32_t mdm_listing_next(mdm_listing, mdm_entry *entry, char *text, size_t, size_t *, mdm_cancel, mdm_error *) {
    const int number = items++;
    if (number >= rows_of_query)
        return MDM_END;
    std::memset(text, 'a' + number % 26, 64);
    text[64] = '\0';
    entry->surl = entry->path = text;
    return MDM_OK;
}

int32_t mdm_file_open(mdm_session, const char *, mdm_file *file, int64_t *length, mdm_cancel, mdm_error *) { return *file = 4, *length = file_length, MDM_OK; }
int32_t mdm_file_close(mdm_file, mdm_error *) { return MDM_OK; }
int32_t mdm_file_read(mdm_file, int64_t offset, void *buffer, size_t size, size_t *read, mdm_cancel, mdm_error *) {
    *read = 0;
    if (++reads == failing_read) {
        // What was there before is gone, as after a transfer that broke off.
        std::memset(buffer, 0xEE, std::min<size_t>(size, 100));
        return MDM_UNAVAILABLE;
    }
    for (; *read < size && offset < file_length; ++*read, ++offset)
        static_cast<unsigned char *>(buffer)[*read] = byte_at(offset);
    return MDM_OK;
}

int32_t mdm_query_open(mdm_session, const mdm_question *question, mdm_query *query, mdm_cancel, mdm_error *) {
    asked.clear();
    for (size_t i = 0; i < question->collection_count; i++)
        asked.emplace_back(question->collections[i]);
    for (size_t i = 0; i < question->attribute_count; i++)
        asked.emplace_back(question->attributes[i]);
    for (size_t i = 0; i < question->order_count; i++)
        asked.emplace_back(question->order[i]);
    return *query = 5, MDM_OK;
}
int32_t mdm_query_close(mdm_query, mdm_error *) { return MDM_OK; }
int32_t mdm_query_next(mdm_query, mdm_row *row, void *buffer, size_t size, size_t *needed, mdm_cancel, mdm_error *) {
    const int number = items++;
    if (number >= rows_of_query)
        return MDM_END;
    *needed = number % 7 == 0 && size < 100'000 ? size + 1000 : 100;
    if (*needed > size)
        return MDM_TOO_SMALL;
    auto *text = static_cast<char *>(buffer);
    std::memset(text, 'a' + number % 26, 64);
    text[64] = '\0';
    row->server = row->collection = row->entry = text;
    return MDM_OK;
}
int32_t mdm_query_reports(mdm_query, size_t *count, mdm_error *) { return *count = 0, MDM_OK; }
int32_t mdm_query_report(mdm_query, size_t, mdm_report *, char *, size_t, size_t *, mdm_error *) { return MDM_BAD_ARGUMENT; }
int32_t mdm_fetch(mdm_session, const char *, const mdm_fetch_options *, mdm_on_file, void *, mdm_cancel, mdm_error *) { return MDM_OK; }

} // extern "C"

namespace {

static_assert(!std::is_copy_constructible_v<mdm::file_buffer> && !std::is_move_constructible_v<mdm::file_buffer>, "its window is its own");
static_assert(!std::is_copy_assignable_v<mdm::file_buffer> && !std::is_move_assignable_v<mdm::file_buffer>, "its window is its own");
#if __cplusplus >= 202002L
static_assert(std::input_iterator<mdm::listing::iterator> && std::input_iterator<mdm::query::iterator>, "algorithms take them");
#endif

// No short string keeps these within itself.
std::vector<std::string> long_texts(const std::string &word) {
    std::vector<std::string> texts;
    for (int i = 0; i < 40; i++)
        texts.push_back(word + std::string(50, '_') + std::to_string(i));
    return texts;
}

void a_question_is_told_as_it_was_asked() {
    const mdm::session session;
    mdm::question question;
    question.collections = long_texts("/collection");
    question.attributes = long_texts("attribute");
    question.order = long_texts("order");
    auto expected = question.collections;
    expected.insert(expected.end(), question.attributes->begin(), question.attributes->end());
    expected.insert(expected.end(), question.order.begin(), question.order.end());
    session.find(question);
    demand(asked == expected, "every text of the question");
    question.order = {"ab" + std::string(1, '\0') + "cd"};
    demand(is_refused([&] { session.find(question); }), "a zero byte within a text");
    demand(is_refused([&] { session.stat(std::string("/a\0b", 4)); }), "a zero byte within a name");
    question.order.clear();
    question.time_limit = std::chrono::milliseconds(-1);
    demand(is_refused([&] { session.find(question); }), "a time before now");
    question.time_limit = std::chrono::hours(24 * 365 * 200);
    demand(is_refused([&] { session.find(question); }), "a time that 32 bits cannot hold");
    mdm::session_options options;
    options.call_timeout = std::chrono::milliseconds(-1);
    demand(is_refused([&] { mdm::session{options}; }), "a time before now");
}

void a_stream_goes_on_where_a_read_failed() {
    const mdm::session session;
    mdm::file_stream in(session.open("x"));
    reads = 0;
    failing_read = 3;
    std::int64_t at = 0;
    bool failed = false;
    for (;;) {
        const int c = in.get();
        if (c >= 0) {
            demand(c == byte_at(at), "byte " + std::to_string(at) + " in its place");
            at++;
            continue;
        }
        if (!in.bad())
            break;
        demand(!failed, "it failed once");
        failed = true;
        in.clear();
        demand(in.tellg() == at, "it is where it was");
    }
    demand(failed && at == file_length, "all of it");
    // A piece that begins in the window and goes beyond it, of which the rest fails.
    in.clear();
    in.seekg(0);
    in.get();
    std::vector<char> piece(300'000);
    failing_read = reads + 1;
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    demand(in.bad() && in.gcount() == 0, "nothing of it");
    in.clear();
    demand(in.tellg() == std::streampos(1), "it is where it was");
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    demand(in.gcount() == static_cast<std::streamsize>(piece.size()), "all of it");
    for (std::size_t i = 0; i < piece.size(); i++)
        demand(static_cast<unsigned char>(piece[i]) == byte_at(1 + static_cast<std::int64_t>(i)), "each byte of the piece");
    // After a piece that did not pass through the window.
    for (int back = 1; back <= 3; back++) {
        in.unget();
        demand(in.good() && in.peek() == byte_at(300'001 - back), "a byte back");
    }
    in.seekg(100'000);
    failing_read = reads + 1;
    in.unget();
    demand(in.bad(), "what is not there cannot be gone back to");
    in.clear();
    demand(in.tellg() == std::streampos(100'000) && in.get() == byte_at(100'000), "it is where it was");
    in.putback('\x55');
    demand(in.bad() || in.fail(), "nothing is written");
    in.clear();
    in.seekg(0);
    in.unget();
    demand(!in.good(), "nothing is before the beginning");
}

void a_stream_asks_for_much_at_a_time() {
    const mdm::session session;
    mdm::file_stream in(session.open("x"));
    reads = failing_read = 0;
    char two[2];
    std::int64_t at = 0;
    while (in.read(two, sizeof two)) {
        demand(static_cast<unsigned char>(two[0]) == byte_at(at) && static_cast<unsigned char>(two[1]) == byte_at(at + 1), "the two in their place");
        at += 2;
    }
    demand(at == file_length && reads < 30, std::to_string(reads) + " calls for all of it");
    in.clear();
    in.seekg(5);
    in.seekg(std::numeric_limits<std::streamoff>::max(), std::ios::cur);
    demand(in.fail(), "no place is beyond all numbers");
    in.clear();
    demand(in.tellg() == std::streampos(5), "it is where it was");
    in.seekg(std::numeric_limits<std::streamoff>::max());
    demand(in.good() && in.get() < 0 && in.eof(), "nothing is far beyond the end");
    demand(is_refused([] { mdm::file_stream nothing(std::shared_ptr<const mdm::file>{}); }), "a file that is none");
}

void years_that_the_clock_does_not_have_are_its_last() {
    const mdm::session session;
    modified = 253402300799;
    const auto late = *session.stat("x").modified;
    demand(std::chrono::system_clock::time_point::max() - late < std::chrono::hours(1), "the year 9999");
    modified = INT64_MAX;
    demand(*session.stat("x").modified >= late, "later than all");
    modified = INT64_MIN + 1;
    demand(*session.stat("x").modified < std::chrono::system_clock::now(), "earlier than all");
}

void what_was_moved_from_is_refused() {
    const mdm::session session;
    mdm::cancel first;
    const mdm::cancel second = std::move(first);
    session.stat("x", &second);
    demand(is_refused([&] { session.stat("x", &first); }), "a cancel that is none any more");
}

template <typename Sequence, typename Text>
void all_by_threads(Sequence sequence, Text text) {
    items = 0;
    std::atomic<int> torn{0}, taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            while (const auto item = sequence.next()) {
                const std::string &one = text(*item);
                torn += one.size() != 64 || one.find_first_not_of(one[0]) != std::string::npos;
                taken++;
            }
        });
    for (auto &thread : threads)
        thread.join();
    demand(torn == 0 && taken > rows_of_query / 2, "each thread's items are its own");
}

void threads_share_a_sequence() {
    const mdm::session session;
    all_by_threads(session.find({}), [](const mdm::row &row) -> const std::string & { return row.entry; });
    all_by_threads(session.list("/"), [](const mdm::entry &entry) -> const std::string & { return entry.path; });
    items = 0;
    auto listing = session.list("/");
    auto at = listing.begin();
    const auto before = at++;
    demand(before->path[0] == 'a' && at->path[0] == 'b', "one after the other");
}

} // namespace

int main() {
    try {
        a_question_is_told_as_it_was_asked();
        a_stream_goes_on_where_a_read_failed();
        a_stream_asks_for_much_at_a_time();
        years_that_the_clock_does_not_have_are_its_last();
        what_was_moved_from_is_refused();
        threads_share_a_sequence();
    } catch (const std::exception &e) {
        std::cerr << "header: " << e.what() << '\n';
        return 1;
    }
    std::cout << "the header holds\n";
    return 0;
}

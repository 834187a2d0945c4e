// The Medical Data Manager in C++17: mdm.h with owners, exceptions and streams. Header only; link with libmdm (docs/native.md).
#ifndef MDM_HPP
#define MDM_HPP

#include "mdm.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <istream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

namespace mdm {

enum class kind : std::int32_t {
    ok = MDM_OK,
    not_found = MDM_NOT_FOUND,
    already_exists = MDM_ALREADY_EXISTS,
    access_denied = MDM_ACCESS_DENIED,
    invalid_name = MDM_INVALID_NAME,
    not_a_directory = MDM_NOT_A_DIRECTORY,
    is_a_directory = MDM_IS_A_DIRECTORY,
    directory_not_empty = MDM_DIRECTORY_NOT_EMPTY,
    unsupported = MDM_UNSUPPORTED,
    refused = MDM_REFUSED,
    corrupt = MDM_CORRUPT,
    busy = MDM_BUSY,
    unavailable = MDM_UNAVAILABLE,
    no_space = MDM_NO_SPACE,
    cancelled = MDM_CANCELLED,
    end = MDM_END,
    too_small = MDM_TOO_SMALL,
    bad_handle = MDM_BAD_HANDLE,
    bad_argument = MDM_BAD_ARGUMENT,
    no_credential = MDM_NO_CREDENTIAL,
    internal = MDM_INTERNAL
};

inline const char *name_of(kind k) noexcept { return mdm_kind_name(static_cast<std::int32_t>(k)); }

// The one exception. what() is a sentence for the user.
class error : public std::runtime_error {
public:
    error(mdm::kind k, const std::string &message) : std::runtime_error(message), kind_(k) {}
    mdm::kind kind() const noexcept { return kind_; }
    // True when the same call may succeed later.
    bool is_transient() const noexcept { return kind_ == mdm::kind::busy || kind_ == mdm::kind::unavailable; }

private:
    mdm::kind kind_;
};

namespace detail {

// Calls and throws what went wrong; MDM_END and MDM_TOO_SMALL are answers.
template <typename Call>
std::int32_t call(Call &&what) {
    mdm_error e = MDM_ERROR_INIT;
    const std::int32_t result = what(&e);
    if (result != MDM_OK && result != MDM_END && result != MDM_TOO_SMALL)
        throw error(static_cast<kind>(result), e.message[0] != '\0' ? e.message : mdm_kind_name(result));
    return result;
}

// A handle with one owner.
template <std::int32_t (*Close)(std::uint64_t, mdm_error *)>
class handle {
public:
    handle() noexcept = default;
    explicit handle(std::uint64_t value) noexcept : value_(value) {}
    handle(handle &&other) noexcept : value_(std::exchange(other.value_, 0)) {}
    handle &operator=(handle &&other) noexcept {
        if (this != &other) {
            reset();
            value_ = std::exchange(other.value_, 0);
        }
        return *this;
    }
    handle(const handle &) = delete;
    handle &operator=(const handle &) = delete;
    ~handle() { reset(); }
    std::uint64_t get() const noexcept { return value_; }
    void reset() noexcept {
        if (value_ != 0)
            Close(std::exchange(value_, 0), nullptr);
    }

private:
    std::uint64_t value_ = 0;
};

// A text for the library, which would see no more of it than stands before a zero byte. Holds as long as the text.
inline const char *given(const std::string &text) {
    if (text.find('\0') != std::string::npos)
        throw error(kind::bad_argument, "A text has a zero byte in it; nothing behind it would be seen.");
    return text.c_str();
}
const char *given(std::string &&) = delete;

// They hold as long as the texts.
inline std::vector<const char *> pointers(const std::vector<std::string> &texts) {
    std::vector<const char *> result;
    result.reserve(texts.size());
    for (const auto &text : texts)
        result.push_back(given(text));
    return result;
}
std::vector<const char *> pointers(std::vector<std::string> &&) = delete;

inline const char *or_null(const std::string &text) { return text.empty() ? nullptr : given(text); }
const char *or_null(std::string &&) = delete;

inline std::uint32_t milliseconds(std::chrono::milliseconds time, const char *name) {
    if (time.count() < 0 || time.count() > MDM_MAX_TIMEOUT_MS)
        throw error(kind::bad_argument, std::string(name) + " is 0 for the default, or up to " + std::to_string(MDM_MAX_TIMEOUT_MS) + " ms (MDM_MAX_TIMEOUT_MS).");
    return static_cast<std::uint32_t>(time.count());
}

inline const char *or_empty(const char *text) noexcept { return text == nullptr ? "" : text; }

} // namespace detail

// The version of the library that is loaded.
inline std::string version() { return mdm_version(); }

// Calls waiting calls off from another thread. One may be passed to many calls; once called off it stays so.
class cancel {
public:
    cancel() {
        mdm_cancel value = 0;
        detail::call([&](mdm_error *e) { return mdm_cancel_create(&value, e); });
        handle_ = detail::handle<mdm_cancel_close>(value);
    }
    void now() const { detail::call([&](mdm_error *e) { return mdm_cancel_now(handle_.get(), e); }); }
    mdm_cancel get() const noexcept { return handle_.get(); }

private:
    detail::handle<mdm_cancel_close> handle_;
};

namespace detail {
inline mdm_cancel of(const cancel *c) {
    if (c == nullptr)
        return 0;
    // None would make a call that nobody can call off.
    if (c->get() == 0)
        throw error(kind::bad_argument, "The mdm::cancel was moved from.");
    return c->get();
}
} // namespace detail

enum class entry_type { file = MDM_FILE, directory = MDM_DIRECTORY, link = MDM_LINK };

struct entry {
    std::string surl;                    // to be opened with
    std::string path;                    // for people
    entry_type type = entry_type::file;
    std::optional<std::int64_t> length;  // as the host delivers it; nothing while nobody measured it
    std::optional<std::chrono::system_clock::time_point> modified;
    std::optional<bool> is_online;       // whether it can be had at once
    std::string adler32;                 // empty while nobody measured it

    // The last name of the path.
    std::string name() const { return path.substr(path.find_last_of('/') + 1); }

    static entry of(const mdm_entry &e) {
        entry result;
        result.surl = detail::or_empty(e.surl);
        result.path = detail::or_empty(e.path);
        result.type = static_cast<entry_type>(e.type);
        if (e.length >= 0)
            result.length = e.length;
        if (e.modified != INT64_MIN)
            result.modified = time_of(e.modified);
        if (e.is_online >= 0)
            result.is_online = e.is_online == 1;
        result.adler32 = e.adler32;
        return result;
    }

private:
    // Clocks that count nanoseconds end in the year 2262, and hosts may say 9999: as far as the clock goes.
    static std::chrono::system_clock::time_point time_of(std::int64_t seconds) {
        using clock = std::chrono::system_clock;
        const auto first = std::chrono::duration_cast<std::chrono::seconds>(clock::time_point::min().time_since_epoch()).count();
        const auto last = std::chrono::duration_cast<std::chrono::seconds>(clock::time_point::max().time_since_epoch()).count();
        return clock::time_point(std::chrono::seconds(std::clamp<std::int64_t>(seconds, first, last)));
    }
};

// A sequence that is read once, as for (const auto &item : sequence). next() gives nothing at the end, and may be asked by any number of threads at once; an iterator serves one.
template <typename Derived, typename Item>
class sequence {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        using pointer = const Item *;
        using reference = const Item &;
        iterator() = default;
        explicit iterator(Derived *from) : from_(from) { ++*this; }
        reference operator*() const { return *item_; }
        pointer operator->() const { return &*item_; }
        iterator &operator++() {
            item_ = from_->next();
            if (!item_)
                from_ = nullptr;
            return *this;
        }
        iterator operator++(int) {
            auto before = *this;
            ++*this;
            return before;
        }
        bool operator==(const iterator &other) const { return from_ == other.from_; }
        bool operator!=(const iterator &other) const { return from_ != other.from_; }

    private:
        Derived *from_ = nullptr;
        std::optional<Item> item_;
    };

    iterator begin() { return iterator(static_cast<Derived *>(this)); }
    iterator end() { return iterator(); }
};

// The entries of a directory, as they arrive.
class listing : public sequence<listing, entry> {
public:
    std::optional<entry> next(const cancel *c = nullptr) {
        mdm_entry e = MDM_ENTRY_INIT;
        const std::unique_ptr<char[]> text(new char[MDM_ENTRY_TEXT_SIZE]);
        const auto cancel = detail::of(c);
        const auto result = detail::call([&](mdm_error *err) { return mdm_listing_next(handle_.get(), &e, text.get(), MDM_ENTRY_TEXT_SIZE, nullptr, cancel, err); });
        return result == MDM_END ? std::nullopt : std::make_optional(entry::of(e));
    }

private:
    friend class session;
    explicit listing(mdm_listing value) noexcept : handle_(value) {}
    detail::handle<mdm_listing_close> handle_;
};

// A file that is open for reading from any place, by any number of threads at once.
class file {
public:
    std::int64_t length() const noexcept { return length_; }

    // Fills the buffer from an offset on; fewer bytes at the end of the file only.
    std::size_t read(std::int64_t offset, void *buffer, std::size_t size, const cancel *c = nullptr) const {
        std::size_t count = 0;
        detail::call([&](mdm_error *e) { return mdm_file_read(handle_.get(), offset, buffer, size, &count, detail::of(c), e); });
        return count;
    }

    std::vector<std::uint8_t> read(std::int64_t offset, std::size_t size, const cancel *c = nullptr) const {
        std::vector<std::uint8_t> bytes(size);
        bytes.resize(read(offset, bytes.data(), size, c));
        return bytes;
    }

private:
    friend class session;
    file(mdm_file value, std::int64_t length) noexcept : handle_(value), length_(length) {}
    detail::handle<mdm_file_close> handle_;
    std::int64_t length_;
};

// The bytes of a file for streams of one thread, over a file that may have many. A read that fails changes nothing: the next one begins at the same byte.
class file_buffer : public std::streambuf {
public:
    explicit file_buffer(std::shared_ptr<const file> from) : from_(std::move(from)), window_(window_size) {
        if (!from_)
            throw error(kind::bad_argument, "A stream needs a file; the pointer is null.");
    }
    // The pointers of the one would lead into the window of the other.
    file_buffer(const file_buffer &) = delete;
    file_buffer(file_buffer &&) = delete;
    file_buffer &operator=(const file_buffer &) = delete;
    file_buffer &operator=(file_buffer &&) = delete;

protected:
    int_type underflow() override {
        if (gptr() == egptr())
            load(here(), here());
        return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
    }

    std::streamsize xsgetn(char *target, std::streamsize wanted) override {
        const auto before = here();
        std::streamsize done = 0;
        try {
            while (done < wanted) {
                if (gptr() < egptr()) {
                    const auto there = std::min<std::streamsize>(wanted - done, egptr() - gptr());
                    std::copy_n(gptr(), there, target + done);
                    gbump(static_cast<int>(there));
                    done += there;
                } else if (wanted - done >= static_cast<std::streamsize>(window_size)) {
                    // What the window has no room for goes straight to whoever asked.
                    const auto at = here();
                    const auto size = static_cast<std::size_t>(wanted - done);
                    const auto count = from_->read(at, target + done, size);
                    empty(at + static_cast<std::int64_t>(count));
                    done += static_cast<std::streamsize>(count);
                    if (count < size)
                        break;
                } else if (traits_type::eq_int_type(underflow(), traits_type::eof())) {
                    break;
                }
            }
        } catch (...) {
            // Streams say that nothing was read, then.
            move_to(before);
            throw;
        }
        return done;
    }

    int_type pbackfail(int_type wanted) override {
        const auto at = here();
        if (at == 0)
            return traits_type::eof();
        if (gptr() == eback())
            load(at - std::min<std::int64_t>(at, window_size / 2), at - 1);
        else
            gbump(-1);
        if (gptr() == egptr() || (!traits_type::eq_int_type(wanted, traits_type::eof()) && !traits_type::eq_int_type(wanted, traits_type::to_int_type(*gptr())))) {
            // Nothing is written into a file that is read.
            move_to(at);
            return traits_type::eof();
        }
        return traits_type::not_eof(wanted);
    }

    pos_type seekoff(off_type offset, std::ios_base::seekdir direction, std::ios_base::openmode which) override {
        const std::int64_t from = direction == std::ios_base::beg ? 0 : direction == std::ios_base::cur ? here() : from_->length();
        if (offset > INT64_MAX - from)
            return pos_type(off_type(-1));
        return seekpos(static_cast<pos_type>(from + offset), which);
    }

    pos_type seekpos(pos_type position, std::ios_base::openmode which) override {
        const auto to = static_cast<std::int64_t>(static_cast<off_type>(position));
        if (to < 0 || (which & std::ios_base::in) == 0)
            return pos_type(off_type(-1));
        move_to(to);
        return position;
    }

private:
    static constexpr std::size_t window_size = 64 * 1024;

    // The offset of the byte that is read next.
    std::int64_t here() const { return begin_ + (gptr() - eback()); }

    void empty(std::int64_t at) {
        begin_ = at;
        setg(window_.data(), window_.data(), window_.data());
    }

    void move_to(std::int64_t to) {
        if (to >= begin_ && to - begin_ <= egptr() - eback())
            setg(eback(), eback() + (to - begin_), egptr());
        else
            empty(to);
    }

    // Fills the window from an offset on, to go on at another in it. Where that fails, the place stays what it was.
    void load(std::int64_t from, std::int64_t at) {
        empty(here());
        const auto count = static_cast<std::int64_t>(from_->read(from, window_.data(), window_.size()));
        if (count < at - from)
            return;
        begin_ = from;
        setg(window_.data(), window_.data() + (at - from), window_.data() + count);
    }

    std::shared_ptr<const file> from_;
    std::vector<char> window_;
    std::int64_t begin_ = 0;  // the offset of the window's first byte
};

// A file as a std::istream that can seek. What cannot be read sets badbit, or throws mdm::error where exceptions(std::ios::badbit) was asked for.
class file_stream : public std::istream {
public:
    explicit file_stream(std::shared_ptr<const file> from) : std::istream(nullptr), buffer_(std::move(from)) { rdbuf(&buffer_); }
    explicit file_stream(file &&from) : file_stream(std::make_shared<const file>(std::move(from))) {}

private:
    file_buffer buffer_;
};

// A file of a fetch, in memory.
struct fetched_file {
    mdm::entry entry;
    std::vector<std::uint8_t> bytes;
};

struct fetch_options {
    bool is_recursive = false;
    unsigned parallel = 0;         // 0: the library's default
    std::uint64_t max_bytes = 0;   // of all files together; 0: no limit
};

struct row {
    std::string server;
    std::string collection;
    std::string entry;
    std::optional<std::string> path;
    std::vector<std::pair<std::string, std::string>> values;  // by name

    // The value of an attribute; null where it has none.
    const std::string *find(const std::string &name) const {
        const auto at = std::find_if(values.begin(), values.end(), [&](const auto &pair) { return pair.first == name; });
        return at == values.end() ? nullptr : &at->second;
    }
};

enum class outcome { asked = MDM_ASKED, answered = MDM_ANSWERED, not_there = MDM_NOT_THERE, failed = MDM_FAILED, late = MDM_LATE };

struct report {
    std::string server;
    std::string collection;
    mdm::outcome outcome = outcome::asked;
    std::int64_t rows = 0;
    std::chrono::milliseconds elapsed{0};
    std::string reason;
};

struct question {
    std::string condition;                                   // empty for every entry
    std::vector<std::string> collections;                    // empty for all that the servers tell of
    std::optional<std::vector<std::string>> attributes;      // nothing for all that the caller may read
    std::vector<std::string> order;                          // names, NAME:desc for downwards
    std::optional<std::int64_t> limit;
    std::int64_t offset = 0;
    std::chrono::milliseconds time_limit{0};                 // for each server; 0: the library's default
};

// The rows that were found, as they arrive.
class query : public sequence<query, row> {
public:
    std::optional<row> next(const cancel *c = nullptr) {
        mdm_row r = MDM_ROW_INIT;
        const auto cancel = detail::of(c);
        std::int32_t result = MDM_TOO_SMALL;
        std::unique_ptr<char[]> buffer;
        for (std::size_t room = *room_, needed = 0; result == MDM_TOO_SMALL; room = std::max(room, needed)) {
            buffer.reset(new char[room]);
            result = detail::call([&](mdm_error *e) { return mdm_query_next(handle_.get(), &r, buffer.get(), room, &needed, cancel, e); });
            // The next rows are likely to be as large.
            if (needed > room)
                *room_ = needed;
        }
        if (result == MDM_END)
            return std::nullopt;
        row found;
        found.server = r.server;
        found.collection = r.collection;
        found.entry = r.entry;
        if (r.path != nullptr)
            found.path = r.path;
        found.values.reserve(r.value_count);
        for (std::size_t i = 0; i < r.value_count; i++)
            found.values.emplace_back(r.values[i].name, r.values[i].value);
        return found;
    }

    // How each collection of each server did; complete when all rows were taken.
    std::vector<report> reports() const {
        std::size_t count = 0;
        detail::call([&](mdm_error *e) { return mdm_query_reports(handle_.get(), &count, e); });
        std::vector<report> result;
        std::vector<char> text(1024);
        for (std::size_t i = 0; i < count; i++) {
            mdm_report r = MDM_REPORT_INIT;
            std::size_t needed = 0;
            while (detail::call([&](mdm_error *e) { return mdm_query_report(handle_.get(), i, &r, text.data(), text.size(), &needed, e); }) == MDM_TOO_SMALL)
                text.resize(needed);
            result.push_back({r.server, r.collection, static_cast<mdm::outcome>(r.outcome), r.rows, std::chrono::milliseconds(r.elapsed_ms), r.reason});
        }
        return result;
    }

    // True when some of what there is may be missing, since a server failed or was late.
    bool is_partial() const {
        const auto all = reports();
        return std::any_of(all.begin(), all.end(), [](const report &r) { return r.outcome == outcome::failed || r.outcome == outcome::late; });
    }

private:
    friend class session;
    explicit query(mdm_query value) : handle_(value), room_(std::make_unique<std::atomic<std::size_t>>(4096)) {}
    detail::handle<mdm_query_close> handle_;
    std::unique_ptr<std::atomic<std::size_t>> room_;
};

// What is left empty is read from the environment, as every grid client reads it.
struct session_options {
    std::string proxy_file;
    std::string key_file;
    std::string trust_directory;
    std::string endpoint;
    std::string keystores;
    std::string metadata_servers;
    std::chrono::milliseconds call_timeout{0};
};

// A credential, and the connections that are kept with it. For any number of threads at once.
class session {
public:
    explicit session(const session_options &options = {}) {
        mdm_session_options o = MDM_SESSION_OPTIONS_INIT;
        o.proxy_file = detail::or_null(options.proxy_file);
        o.key_file = detail::or_null(options.key_file);
        o.trust_directory = detail::or_null(options.trust_directory);
        o.endpoint = detail::or_null(options.endpoint);
        o.keystores = detail::or_null(options.keystores);
        o.metadata_servers = detail::or_null(options.metadata_servers);
        o.call_timeout_ms = detail::milliseconds(options.call_timeout, "call_timeout");
        mdm_session value = 0;
        detail::call([&](mdm_error *e) { return mdm_session_open(&o, &value, e); });
        handle_ = detail::handle<mdm_session_close>(value);
    }

    mdm::entry stat(const std::string &name, const cancel *c = nullptr) const {
        const std::unique_ptr<char[]> text(new char[MDM_ENTRY_TEXT_SIZE]);
        mdm_entry e = MDM_ENTRY_INIT;
        detail::call([&](mdm_error *err) { return mdm_stat(handle_.get(), detail::given(name), &e, text.get(), MDM_ENTRY_TEXT_SIZE, nullptr, detail::of(c), err); });
        return mdm::entry::of(e);
    }

    listing list(const std::string &name, const cancel *c = nullptr) const {
        mdm_listing value = 0;
        detail::call([&](mdm_error *e) { return mdm_listing_open(handle_.get(), detail::given(name), &value, detail::of(c), e); });
        return listing(value);
    }

    file open(const std::string &name, const cancel *c = nullptr) const {
        mdm_file value = 0;
        std::int64_t length = 0;
        detail::call([&](mdm_error *e) { return mdm_file_open(handle_.get(), detail::given(name), &value, &length, detail::of(c), e); });
        return file(value, length);
    }

    query find(const question &asked, const cancel *c = nullptr) const {
        const auto collections = detail::pointers(asked.collections);
        const auto attributes = asked.attributes ? detail::pointers(*asked.attributes) : std::vector<const char *>();
        const auto order = detail::pointers(asked.order);
        // A list that is there and empty is not the same as none.
        static const char *const nothing = nullptr;
        mdm_question q = MDM_QUESTION_INIT;
        q.condition = detail::or_null(asked.condition);
        q.collections = collections.data();
        q.collection_count = collections.size();
        q.attributes = !asked.attributes ? nullptr : attributes.empty() ? &nothing : attributes.data();
        q.attribute_count = attributes.size();
        q.order = order.data();
        q.order_count = order.size();
        q.limit = asked.limit.value_or(-1);
        q.offset = asked.offset;
        q.time_limit_ms = detail::milliseconds(asked.time_limit, "time_limit");
        mdm_query value = 0;
        detail::call([&](mdm_error *e) { return mdm_query_open(handle_.get(), &q, &value, detail::of(c), e); });
        return query(value);
    }

    // Hands every file of a directory, or the one file, to a function as take(const mdm::entry &, const std::uint8_t *bytes, std::size_t length), on this thread, in the
    // order in which they arrive. What the function throws ends the fetch and comes out here.
    template <typename Take>
    void fetch_each(const std::string &name, Take &&take, const fetch_options &options = {}, const cancel *c = nullptr) const {
        mdm_fetch_options o = MDM_FETCH_OPTIONS_INIT;
        o.is_recursive = options.is_recursive ? 1 : 0;
        o.parallel = options.parallel;
        o.max_bytes = options.max_bytes;
        struct state {
            std::remove_reference_t<Take> *take;
            std::exception_ptr thrown;
        } s{&take, nullptr};
        const mdm_on_file on_file = [](void *user, const mdm_entry *e, const std::uint8_t *bytes, std::size_t length) noexcept -> std::int32_t {
            auto &mine = *static_cast<state *>(user);
            try {
                (*mine.take)(mdm::entry::of(*e), bytes, length);
                return 0;
            } catch (...) {
                // The library's own frames lie between here and the caller.
                mine.thrown = std::current_exception();
                return 1;
            }
        };
        try {
            detail::call([&](mdm_error *e) { return mdm_fetch(handle_.get(), detail::given(name), &o, on_file, &s, detail::of(c), e); });
        } catch (const error &) {
            if (s.thrown)
                std::rethrow_exception(s.thrown);
            throw;
        }
    }

    // The same, all at once.
    std::vector<fetched_file> fetch(const std::string &name, const fetch_options &options = {}, const cancel *c = nullptr) const {
        std::vector<fetched_file> files;
        fetch_each(name, [&](const mdm::entry &e, const std::uint8_t *bytes, std::size_t length) { files.push_back({e, std::vector<std::uint8_t>(bytes, bytes + length)}); }, options, c);
        return files;
    }

private:
    detail::handle<mdm_session_close> handle_;
};

} // namespace mdm

#endif

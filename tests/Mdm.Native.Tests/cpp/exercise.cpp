// What the tests do with the library that the samples do not. One word says what.
#include <mdm.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <thread>

namespace {

void demand(bool holds, const std::string &what) {
    if (!holds)
        throw std::runtime_error("not so: " + what);
}

mdm::kind kind_of(const std::function<void()> &call) {
    try {
        call();
        return mdm::kind::ok;
    } catch (const mdm::error &e) {
        std::cerr << mdm::name_of(e.kind()) << ": " << e.what() << '\n';
        return e.kind();
    }
}

std::vector<char> content_of(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return std::vector<char>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Pieces of a file at random, by threads, against the same bytes on this machine. The threads share one handle.
int compare(const std::string &name, const std::string &copy, unsigned threads, unsigned reads) {
    const auto expected = content_of(copy);
    const mdm::session session;
    const auto file = session.open(name);
    demand(file.length() == static_cast<std::int64_t>(expected.size()), "the length is that of the copy");
    std::vector<std::exception_ptr> thrown(threads);
    std::vector<std::thread> running;
    for (unsigned number = 0; number < threads; number++)
        running.emplace_back([&, number] {
            try {
                std::mt19937_64 chances(number + 1);
                for (unsigned i = 0; i < reads; i++) {
                    const auto size = static_cast<std::size_t>(chances() % 300'000) + 1;
                    const auto at = static_cast<std::int64_t>(chances() % (expected.size() + 1000));
                    const auto bytes = file.read(at, size);
                    const auto begin = std::min<std::size_t>(static_cast<std::size_t>(at), expected.size());
                    demand(bytes.size() == std::min(size, expected.size() - begin), "as many bytes as there are");
                    demand(bytes.empty() || std::memcmp(bytes.data(), expected.data() + begin, bytes.size()) == 0, "the same bytes");
                }
            } catch (...) {
                thrown[number] = std::current_exception();
            }
        });
    for (auto &thread : running)
        thread.join();
    for (const auto &one : thrown)
        if (one)
            std::rethrow_exception(one);
    std::cout << threads * reads << " reads agree\n";
    return 0;
}

// A stream: from the beginning, by lines of bytes, by seeking.
int stream(const std::string &name, const std::string &copy) {
    const auto expected = content_of(copy);
    const mdm::session session;
    mdm::file_stream in(session.open(name));
    in.exceptions(std::ios::badbit);
    const std::vector<char> all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    demand(all == expected, "all of it, byte by byte");
    in.clear();
    in.seekg(-100, std::ios::end);
    demand(static_cast<std::size_t>(in.tellg()) == expected.size() - 100, "a hundred before the end");
    std::vector<char> tail(200);
    in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    demand(in.gcount() == 100 && in.eof(), "a hundred and then the end");
    demand(std::equal(tail.begin(), tail.begin() + 100, expected.end() - 100), "the last hundred");
    in.clear();
    in.seekg(128);
    std::string word(4, ' ');
    in.read(word.data(), 4);
    demand(word == "DICM", "what stands in every DICOM file");
    in.seekg(-4, std::ios::cur);
    demand(in.get() == 'D', "back again");
    std::vector<char> middle(expected.size() / 2);
    in.read(middle.data(), static_cast<std::streamsize>(middle.size()));
    demand(std::equal(middle.begin(), middle.end(), expected.begin() + 129), "a large piece");
    std::cout << "stream agrees\n";
    return 0;
}

// A directory into memory, against copies on this machine; then with a function that throws, and with a limit.
int series(const std::string &name, const std::string &copies) {
    const mdm::session session;
    const auto files = session.fetch(name);
    for (const auto &file : files) {
        const auto expected = content_of(copies + "/" + file.entry.name());
        demand(expected.size() == file.bytes.size() && std::memcmp(expected.data(), file.bytes.data(), expected.size()) == 0, file.entry.name() + " is the same");
    }
    std::map<std::string, int> listed;
    auto listing = session.list(name);
    for (const auto &entry : listing)
        listed[entry.surl]++;
    demand(listed.size() == files.size(), "what is listed is fetched");
    for (const auto &file : files)
        demand(listed[file.entry.surl] == 1, file.entry.surl + " is listed once");
    int taken = 0;
    try {
        session.fetch_each(name, [&](const mdm::entry &, const std::uint8_t *, std::size_t) {
            if (++taken == 3)
                throw std::logic_error("enough");
        });
        demand(false, "what the function throws comes out");
    } catch (const std::logic_error &e) {
        demand(std::string(e.what()) == "enough" && taken == 3, "it comes out as it was, at once");
    }
    mdm::fetch_options small;
    small.max_bytes = 1000;
    demand(kind_of([&] { session.fetch(name, small); }) == mdm::kind::refused, "more than was allowed is refused");
    const auto one = session.fetch(files[0].entry.surl);
    demand(one.size() == 1 && one[0].bytes == files[0].bytes, "one file is a fetch of one");
    std::cout << files.size() << " files agree\n";
    return 0;
}

// Calls that are called off from another thread, and go on to work without.
int cancelled(const std::string &name, const std::string &directory) {
    const mdm::session session;
    const mdm::cancel before;
    before.now();
    demand(kind_of([&] { session.stat(name, &before); }) == mdm::kind::cancelled, "what was called off before it began");
    const auto file = session.open(name);
    std::atomic<bool> reading{false};
    const mdm::cancel during;
    std::thread other([&] {
        while (!reading)
            std::this_thread::yield();
        during.now();
    });
    std::mt19937_64 chances(7);
    std::vector<std::uint8_t> buffer(4096);
    const auto kind = kind_of([&] {
        for (;;) {
            file.read(static_cast<std::int64_t>(chances() % static_cast<std::uint64_t>(file.length())), buffer.data(), buffer.size(), &during);
            reading = true;
        }
    });
    other.join();
    demand(kind == mdm::kind::cancelled, "reads end when they are called off");
    demand(file.read(0, buffer.data(), buffer.size()) == buffer.size(), "the file is still good");
    auto listing = session.list(directory);
    demand(kind_of([&] { listing.next(&during); }) == mdm::kind::cancelled, "a listing is called off");
    int entries = 0;
    while (listing.next())
        entries++;
    demand(entries > 0, "and nothing of it was lost");
    int taken = 0;
    const mdm::cancel fetching;
    demand(kind_of([&] {
               session.fetch_each(directory, [&](const mdm::entry &, const std::uint8_t *, std::size_t) { if (++taken == 2) fetching.now(); }, {}, &fetching);
           }) == mdm::kind::cancelled, "a fetch ends when it is called off");
    std::cout << "cancelled, " << entries << " entries\n";
    return 0;
}

// What a program does wrong, in C.
int wrong(const std::string &name) {
    mdm_error e;
    e.size = sizeof e;
    mdm_session session = 0;
    demand(mdm_abi_version() == MDM_ABI_VERSION && std::strlen(mdm_version()) > 0, "a version");
    demand(std::string(mdm_kind_name(MDM_NOT_FOUND)) == "not found" && std::string(mdm_kind_name(-1)) == "unknown" && std::string(mdm_kind_name(1000)) == "unknown", "names of kinds");
    demand(mdm_session_open(nullptr, nullptr, &e) == MDM_BAD_ARGUMENT && std::strstr(e.message, "session"), "a null pointer");
    mdm_session_options options = MDM_SESSION_OPTIONS_INIT;
    options.abi = MDM_ABI_VERSION + 1;
    demand(mdm_session_open(&options, &session, &e) == MDM_BAD_ARGUMENT && session == 0, "a header of another interface");
    options.abi = MDM_ABI_VERSION;
    options.size = 4;
    demand(mdm_session_open(&options, &session, &e) == MDM_BAD_ARGUMENT, "a struct of another size");
    demand(mdm_session_open(nullptr, &session, &e) == MDM_OK && e.kind == MDM_OK && e.message[0] == '\0', "a session");
    mdm_entry entry{};
    entry.size = sizeof entry;
    std::vector<char> text(MDM_ENTRY_TEXT_SIZE);
    demand(mdm_stat(session + 1000, name.c_str(), &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_BAD_HANDLE, "a handle that was never given out");
    demand(mdm_stat(session, name.c_str(), &entry, text.data(), text.size(), nullptr, 4711, &e) == MDM_BAD_HANDLE, "a cancel that was never given out");
    mdm_cancel cancel = 0;
    demand(mdm_cancel_create(&cancel, &e) == MDM_OK, "a cancel");
    demand(mdm_stat(cancel, name.c_str(), &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_BAD_HANDLE && std::strstr(e.message, "cancel"), "a handle of another sort");
    demand(mdm_cancel_close(cancel, &e) == MDM_OK && mdm_cancel_close(cancel, &e) == MDM_BAD_HANDLE, "closed twice");
    std::size_t needed = 0;
    demand(mdm_stat(session, name.c_str(), &entry, nullptr, 0, &needed, 0, &e) == MDM_TOO_SMALL && needed > 2 * name.size(), "no room");
    demand(mdm_stat(session, name.c_str(), &entry, text.data(), needed - 1, nullptr, 0, &e) == MDM_TOO_SMALL, "a byte too few");
    demand(mdm_stat(session, name.c_str(), &entry, text.data(), needed, nullptr, 0, &e) == MDM_OK && name == entry.path, "just enough");
    demand(mdm_stat(session, nullptr, &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_BAD_ARGUMENT, "no name");
    demand(mdm_stat(session, "relative", &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_INVALID_NAME, "a name that is none");
    demand(mdm_stat(session, "/\xff", &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_BAD_ARGUMENT, "no UTF-8");
    demand(mdm_stat(session, std::string(MDM_MAX_TEXT + 1, 'x').c_str(), &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_BAD_ARGUMENT, "a text that is too long");
    demand(mdm_stat(session, (name + "x").c_str(), &entry, text.data(), text.size(), nullptr, 0, &e) == MDM_NOT_FOUND && e.message[0] != '\0', "a file that is not there");
    demand(mdm_stat(session, (name + "x").c_str(), &entry, text.data(), text.size(), nullptr, 0, nullptr) == MDM_NOT_FOUND, "nobody wants the message");
    mdm_error unsized{};
    demand(mdm_cancel_create(&cancel, &unsized) == MDM_BAD_ARGUMENT, "an error without a size");
    mdm_file file = 0;
    std::size_t read = 0;
    demand(mdm_file_open(session, name.c_str(), &file, nullptr, 0, &e) == MDM_OK, "a file");
    // The file keeps what it needs of its session.
    demand(mdm_session_close(session, &e) == MDM_OK && mdm_session_close(session, &e) == MDM_BAD_HANDLE, "a session that is closed");
    demand(mdm_file_read(file, 0, text.data(), 10, &read, 0, &e) == MDM_OK && read == 10, "a file goes on");
    demand(mdm_file_read(file, -1, text.data(), 10, &read, 0, &e) == MDM_BAD_ARGUMENT, "before the beginning");
    demand(mdm_file_read(file, 0, nullptr, 10, &read, 0, &e) == MDM_BAD_ARGUMENT, "into nothing");
    demand(mdm_file_read(file, INT64_MAX - 5, text.data(), 10, &read, 0, &e) == MDM_OK && read == 0, "far beyond the end");
    // Readers and one who closes: each is served, or told that it is closed.
    std::atomic<int> odd{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; i++)
        readers.emplace_back([&] {
            char mine[64];
            for (;;) {
                std::size_t count = 0;
                const auto result = mdm_file_read(file, 100, mine, sizeof mine, &count, 0, nullptr);
                if (result == MDM_BAD_HANDLE)
                    return;
                if (result != MDM_OK || count != sizeof mine)
                    odd++;
            }
        });
    demand(mdm_file_close(file, &e) == MDM_OK, "closed while it is read");
    for (auto &reader : readers)
        reader.join();
    demand(odd == 0, "no reader saw anything else");
    std::cout << "all refused\n";
    return 0;
}

// One kind of failure, as the test arranges it: prints it.
int failure(const std::string &name) {
    const auto opening = kind_of([&] { const mdm::session session; });
    if (opening != mdm::kind::ok) {
        std::cout << "opening: " << mdm::name_of(opening) << '\n' << mdm::name_of(opening) << '\n';
        return 0;
    }
    const auto kind = kind_of([&] {
        const mdm::session session;
        session.open(name).read(0, 10);
    });
    std::cout << mdm::name_of(kind) << '\n';
    return 0;
}

// A host that takes connections and says nothing: whoever waits for it is called off, and not told that nobody answered.
int mute(const std::string &name) {
    {
        const mdm::session session;
        const mdm::cancel cancel;
        std::thread other([&] {
            // So that it waits; were it sooner, it would end all the same.
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            cancel.now();
        });
        const auto kind = kind_of([&] { session.stat(name, &cancel); });
        other.join();
        demand(kind == mdm::kind::cancelled, "it is called off");
    }
    std::cout << "called off\n";
    return 0;
}

long resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.compare(0, 6, "VmRSS:") == 0)
            return std::atol(line.c_str() + 6);
    return 0;
}

// Everything there is, again and again, with a session of its own each time; says how much memory it took.
int rounds(const std::string &name, const std::string &directory, const std::string &condition, unsigned count) {
    long early = 0;
    for (unsigned round = 1; round <= count; round++) {
        mdm::session session;
        demand(session.stat(name).path == name, "stat");
        const auto file = session.open(name);
        demand(file.read(1000, 5000).size() == 5000, "read");
        auto listing = session.list(directory);
        while (listing.next()) {
        }
        // Left before its end, and read to it.
        auto half = session.list(directory);
        half.next();
        std::size_t bytes = 0;
        session.fetch_each(directory, [&](const mdm::entry &, const std::uint8_t *, std::size_t length) { bytes += length; });
        demand(bytes > 0, "fetch");
        mdm::question question;
        question.condition = condition;
        // Names that no short string keeps within itself, of which not every collection has each.
        question.attributes = {"Modality", "PerformedProcedureStepDescription", "ReferencedSOPClassUIDOfTheFirstImage", "AnAttributeThatNoCollectionHasAtAll"};
        question.order = {"Modality:desc", "Path"};
        auto rows = session.find(question);
        std::size_t found = 0;
        while (rows.next())
            found++;
        demand(found > 0 && !rows.is_partial(), "query");
        try {
            session.stat(name + "x");
            demand(false, "an error");
        } catch (const mdm::error &e) {
            demand(e.kind() == mdm::kind::not_found, "of its kind");
        }
        if (round == (count + 1) / 2)
            early = resident_kilobytes();
    }
    std::cout << "rounds " << count << ", KB half way " << early << ", KB at the end " << resident_kilobytes() << '\n';
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 5 && words[0] == "compare")
            return compare(words[1], words[2], static_cast<unsigned>(std::stoul(words[3])), static_cast<unsigned>(std::stoul(words[4])));
        if (words.size() == 3 && words[0] == "stream")
            return stream(words[1], words[2]);
        if (words.size() == 3 && words[0] == "series")
            return series(words[1], words[2]);
        if (words.size() == 3 && words[0] == "cancel")
            return cancelled(words[1], words[2]);
        if (words.size() == 2 && words[0] == "wrong")
            return wrong(words[1]);
        if (words.size() == 2 && words[0] == "failure")
            return failure(words[1]);
        if (words.size() == 2 && words[0] == "mute")
            return mute(words[1]);
        if (words.size() == 5 && words[0] == "rounds")
            return rounds(words[1], words[2], words[3], static_cast<unsigned>(std::stoul(words[4])));
        std::cerr << "usage: exercise compare|stream|series|cancel|wrong|failure|mute|rounds ...\n";
        return 2;
    } catch (const std::exception &e) {
        std::cerr << "exercise: " << e.what() << '\n';
        return 1;
    }
}

// What bench/run native measures of the C++ interface: native_fetch nothing | one NAME ROUNDS | series NAME. Prints seconds.
#include <mdm.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

double since(std::chrono::steady_clock::time_point begin) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); }

std::uint64_t fetch(const mdm::session &session, const std::string &name) {
    std::uint64_t bytes = 0;
    session.fetch_each(name, [&](const mdm::entry &, const std::uint8_t *, std::size_t length) { bytes += length; });
    return bytes;
}

} // namespace

int main(int argc, char **argv) {
    try {
        const std::string what = argc > 1 ? argv[1] : "";
        if (what == "nothing" && argc == 2) {
            std::printf("%s\n", mdm::version().c_str());
            return 0;
        }
        const auto begin = std::chrono::steady_clock::now();
        const mdm::session session;
        if (what == "series" && argc == 3) {
            const auto bytes = fetch(session, argv[2]);
            std::printf("bytes %llu seconds %.6f\n", static_cast<unsigned long long>(bytes), since(begin));
            return 0;
        }
        if (what == "one" && argc == 4) {
            const auto bytes = fetch(session, argv[2]);
            std::vector<double> further;
            for (int round = 1; round < std::atoi(argv[3]); round++) {
                const auto again = std::chrono::steady_clock::now();
                fetch(session, argv[2]);
                further.push_back(since(again));
            }
            std::sort(further.begin(), further.end());
            std::printf("bytes %llu median %.6f\n", static_cast<unsigned long long>(bytes), further.empty() ? 0 : further[further.size() / 2]);
            return 0;
        }
        std::fprintf(stderr, "usage: native_fetch nothing | one NAME ROUNDS | series NAME\n");
        return 2;
    } catch (const mdm::error &e) {
        std::fprintf(stderr, "native_fetch: %s: %s\n", mdm::name_of(e.kind()), e.what());
        return 1;
    }
}

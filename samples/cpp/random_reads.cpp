// Reads pieces of a file from many places by many threads, each deciphered on the way: random_reads FILE THREADS READS
#include <mdm.hpp>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: random_reads FILE THREADS READS\n";
        return 2;
    }
    try {
        const mdm::session session;
        const mdm::file file = session.open(argv[1]);
        const unsigned threads = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
        const unsigned reads = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10));
        constexpr std::size_t piece = 64 * 1024;
        std::atomic<std::uint64_t> bytes{0};
        std::vector<std::exception_ptr> thrown(threads);
        std::vector<std::thread> running;
        for (unsigned number = 0; number < threads; number++) {
            running.emplace_back([&, number] {
                try {
                    std::mt19937_64 chances(number);
                    std::uniform_int_distribution<std::int64_t> place(0, file.length() - 1);
                    std::vector<std::uint8_t> buffer(piece);
                    for (unsigned i = 0; i < reads; i++)
                        bytes += file.read(place(chances), buffer.data(), buffer.size());
                } catch (...) {
                    thrown[number] = std::current_exception();
                }
            });
        }
        for (auto &thread : running)
            thread.join();
        for (const auto &one : thrown)
            if (one)
                std::rethrow_exception(one);
        std::cout << threads * reads << " reads, " << bytes << " bytes of " << file.length() << '\n';
        return 0;
    } catch (const mdm::error &e) {
        std::cerr << "random_reads: " << mdm::name_of(e.kind()) << ": " << e.what() << '\n';
        return 1;
    }
}

// Fetches a series into memory, deciphered, and counts how often each byte occurs in it: series DIRECTORY
#include <mdm.hpp>

#include <array>
#include <iostream>

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "usage: series DIRECTORY\n";
        return 2;
    }
    try {
        const mdm::session session;
        mdm::fetch_options options;
        options.parallel = 8;
        options.max_bytes = std::uint64_t{4} << 30;
        std::array<std::uint64_t, 256> histogram{};
        std::uint64_t files = 0, bytes = 0;
        // Each slice is looked at while the next ones arrive; none is kept.
        session.fetch_each(argv[1], [&](const mdm::entry &entry, const std::uint8_t *content, std::size_t length) {
            for (std::size_t i = 0; i < length; i++)
                ++histogram[content[i]];
            files++;
            bytes += length;
            std::cerr << entry.name() << ": " << length << " bytes\n";
        }, options);
        std::uint64_t commonest = 0;
        for (std::size_t value = 0; value < histogram.size(); value++)
            if (histogram[value] > histogram[commonest])
                commonest = value;
        std::cout << files << " files, " << bytes << " bytes, commonest byte " << commonest << '\n';
        return 0;
    } catch (const mdm::error &e) {
        std::cerr << "series: " << mdm::name_of(e.kind()) << ": " << e.what() << '\n';
        return 1;
    }
}

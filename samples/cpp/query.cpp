// Asks all metadata servers, and says what each of them did: query CONDITION [ATTRIBUTE...]
#include <mdm.hpp>

#include <iostream>

int main(int argc, char **argv) {
    if (argc < 2) {
        std::cerr << "usage: query CONDITION [ATTRIBUTE...]\n";
        return 2;
    }
    try {
        const mdm::session session;
        mdm::question question;
        question.condition = argv[1];
        question.attributes = std::vector<std::string>(argv + 2, argv + argc);
        auto rows = session.find(question);
        for (const auto &row : rows) {
            std::cout << row.path.value_or(row.entry);
            for (const auto &[name, value] : row.values)
                std::cout << '\t' << name << '=' << value;
            std::cout << '\n';
        }
        for (const auto &report : rows.reports())
            std::cerr << report.server << report.collection << ": " << report.rows << " rows in " << report.elapsed.count() << " ms" << (report.reason.empty() ? "" : "; ") << report.reason << '\n';
        return rows.is_partial() ? 1 : 0;
    } catch (const mdm::error &e) {
        std::cerr << "query: " << mdm::name_of(e.kind()) << ": " << e.what() << '\n';
        return 1;
    }
}

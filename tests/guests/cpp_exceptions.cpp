// kind: so pie
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct Guard {
    std::string name;
    explicit Guard(std::string n) : name(std::move(n)) {}
    ~Guard() { std::cout << "~" << name << "\n"; }
};

static Guard global("global");

static int deep(int level) {
    Guard guard("level " + std::to_string(level));
    if (level == 0)
        throw std::runtime_error("bottom");
    return deep(level - 1) + 1;
}

int main() {
    try {
        deep(3);
    } catch (const std::exception &error) {
        std::cout << "caught " << error.what() << "\n";
    }
    try {
        std::vector<int>(3).at(7) = 1;
    } catch (const std::out_of_range &) {
        std::cout << "out of range\n";
    }
    std::map<std::string, std::unique_ptr<int>> map;
    for (const char *word : {"one", "two", "three"})
        map[word] = std::make_unique<int>(static_cast<int>(map.size()));
    for (const auto &[key, value] : map)
        std::cout << key << "=" << *value << " ";
    std::vector<double> numbers{3.5, -1, 2.25};
    std::sort(numbers.begin(), numbers.end());
    for (double number : numbers)
        std::cout << number << " ";
    std::cout << std::endl;
    try {
        throw 42;
    } catch (...) {
        try {
            throw;
        } catch (int value) {
            std::cout << "rethrown " << value << "\n";
        }
    }
    return 0;
}

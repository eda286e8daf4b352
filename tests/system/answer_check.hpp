// What the tests' HTTP requests are looked at with, beside each test's own eyes.
#pragma once

#include <functional>
#include <string>

#include "tests/system/waiting.hpp"

namespace otto::system_test {

/// Called with each answer that ask_all gets, and with its request's method and URL; nothing at first.
void check_answers(std::function<void(const std::string& method, const std::string& url, const Answer& answer)> check);

}  // namespace otto::system_test

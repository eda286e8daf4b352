// libpqxx, the same for every unit: Debian's 6.4 was configured without C++17's optional, which its headers can do.
#pragma once

#define PQXX_HAVE_OPTIONAL 1
#include <pqxx/pqxx>

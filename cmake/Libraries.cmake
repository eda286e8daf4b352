# Debian's packages as imported targets. docs/dependencies.md says why each is here.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(absl REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx libpq)
pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)
find_package(EXPAT REQUIRED)

# libphonenumber's -dev package pulls in Boost 1.74, which conflicts with 1.81; script/bootstrap unpacks
# its headers into .deps/ and the runtime library comes from libphonenumber8.
find_path(PHONENUMBER_INCLUDE phonenumbers/phonenumberutil.h
  HINTS ${CMAKE_SOURCE_DIR}/.deps/phonenumber/usr/include REQUIRED)
find_library(PHONENUMBER_LIBRARY NAMES phonenumber libphonenumber.so.8 REQUIRED)
find_library(PROTOBUF_LIBRARY NAMES protobuf REQUIRED)
add_library(otto_phonenumber INTERFACE)
target_include_directories(otto_phonenumber SYSTEM INTERFACE ${PHONENUMBER_INCLUDE})
target_link_libraries(otto_phonenumber INTERFACE ${PHONENUMBER_LIBRARY} ${PROTOBUF_LIBRARY})

find_path(CSV_INCLUDE csv.h REQUIRED)
find_library(CSV_LIBRARY NAMES csv REQUIRED)
add_library(otto_csv INTERFACE)
target_include_directories(otto_csv SYSTEM INTERFACE ${CSV_INCLUDE})
target_link_libraries(otto_csv INTERFACE ${CSV_LIBRARY})

find_path(ZXCVBN_INCLUDE zxcvbn.h REQUIRED)
find_library(ZXCVBN_LIBRARY NAMES zxcvbn REQUIRED)
add_library(otto_zxcvbn INTERFACE)
target_include_directories(otto_zxcvbn SYSTEM INTERFACE ${ZXCVBN_INCLUDE})
target_link_libraries(otto_zxcvbn INTERFACE ${ZXCVBN_LIBRARY})

# Asio and Beast compiled once; every unit that includes them must see the same definitions.
add_library(otto_asio STATIC ${CMAKE_SOURCE_DIR}/src/asio/asio.cpp)
target_compile_definitions(otto_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(otto_asio PUBLIC Boost::boost Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
add_library(otto_beast STATIC ${CMAKE_SOURCE_DIR}/src/asio/beast.cpp)
target_compile_definitions(otto_beast PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(otto_beast PUBLIC otto_asio)

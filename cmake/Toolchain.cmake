# Compiler checks and flags. g++ 12.2, Debian 12's default, destroys aggregate temporaries in co_await
# expressions twice; a daemon built by it corrupts memory. So the compiler has to prove itself first.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

if(NOT DEFINED OTTO_COROUTINES_WORK)
  try_run(OTTO_COROUTINES_RUN OTTO_COROUTINES_COMPILE
    ${CMAKE_BINARY_DIR}/coroutine-check ${CMAKE_SOURCE_DIR}/cmake/coroutine_check.cpp
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  if(NOT OTTO_COROUTINES_COMPILE OR NOT OTTO_COROUTINES_RUN EQUAL 0)
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} miscompiles C++20 coroutines (cmake/coroutine_check.cpp fails). "
      "Build with clang 19: script/bootstrap installs it, and `cmake --preset release` selects it.")
  endif()
  set(OTTO_COROUTINES_WORK TRUE CACHE INTERNAL "the coroutine check passed")
endif()

find_program(OTTO_CCACHE ccache)
if(OTTO_CCACHE)
  # Precompiled headers must not make the cache miss: no timestamp in them, and macros are not compared one by one.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${OTTO_CCACHE})
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Xclang> $<$<COMPILE_LANGUAGE:CXX>:-fno-pch-timestamp>)
  set(CMAKE_C_COMPILER_LAUNCHER ${OTTO_CCACHE})
endif()
find_program(OTTO_MOLD mold)
if(OTTO_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fPIE)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
if(OTTO_SANITIZE)
  add_compile_options(-fsanitize=${OTTO_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${OTTO_SANITIZE})
  # Asio keeps freed coroutine frames and handlers for the next ones, which would hide every use after free.
  add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
  if(OTTO_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
  if(OTTO_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

# Warnings are errors in our own code; libraries come in as SYSTEM.
function(otto_own_code target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
  get_target_property(type ${target} TYPE)
  if(OTTO_SANITIZE AND type STREQUAL EXECUTABLE)
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/sanitizers.cpp)
  endif()
endfunction()

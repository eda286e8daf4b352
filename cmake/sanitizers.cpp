// Linked into every program of a sanitized build: the options that would otherwise have to reach each child process
// through its environment, and the few findings in Debian's libraries that are not ours to fix.

extern "C" {

const char* __asan_default_options();
const char* __ubsan_default_options();
const char* __tsan_default_options();
const char* __lsan_default_suppressions();

const char* __asan_default_options() {
  return "external_symbolizer_path=/usr/bin/llvm-symbolizer-19:detect_stack_use_after_return=1:"
         "strict_string_checks=1:check_initialization_order=1:detect_invalid_pointer_pairs=2";
}

const char* __ubsan_default_options() {
  return "external_symbolizer_path=/usr/bin/llvm-symbolizer-19:print_stacktrace=1";
}

const char* __tsan_default_options() {
  return "external_symbolizer_path=/usr/bin/llvm-symbolizer-19:second_deadlock_stack=1";
}

// libpqxx 6.4 forgets what it has allocated when the server ends its connection. Nothing of ours is called from inside
// that library, so no leak of ours has it on its stack.
const char* __lsan_default_suppressions() { return "leak:libpqxx-6.4.so\n"; }

}  // extern "C"

# Puts migrations/*.sql into the binary, so that a daemon always carries the schema that it was built for.
include_guard(GLOBAL)
file(GLOB OTTO_MIGRATIONS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
set(OTTO_MIGRATIONS_CPP ${CMAKE_BINARY_DIR}/generated/migration_files.cpp)
add_custom_command(OUTPUT ${OTTO_MIGRATIONS_CPP}
  COMMAND ${CMAKE_COMMAND} "-DFILES=${OTTO_MIGRATIONS}" -DOUTPUT=${OTTO_MIGRATIONS_CPP}
          -P ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
  DEPENDS ${OTTO_MIGRATIONS} ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
  COMMENT "Embedding the migrations"
  VERBATIM)
target_sources(otto_store PRIVATE ${OTTO_MIGRATIONS_CPP})

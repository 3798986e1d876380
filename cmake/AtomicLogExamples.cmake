# The C examples: every file in the folder is a program, and so is every folder in it. Those with a number in their name
# end by themselves, and sysmon and game_loop do when they are told how long to run. So they are tests too: an example
# that does not work is worse than none.

include_guard(GLOBAL)

function(atomic_log_add_examples folder)
  find_package(Threads REQUIRED)
  file(GLOB entries CONFIGURE_DEPENDS "${folder}/*")
  foreach(entry IN LISTS entries)
    get_filename_component(name "${entry}" NAME_WE)
    if(IS_DIRECTORY "${entry}")
      file(GLOB sources CONFIGURE_DEPENDS "${entry}/*.c")
    elseif(entry MATCHES "\\.c$")
      set(sources "${entry}")
    else()
      set(sources)
    endif()
    if(name STREQUAL "sysmon" AND NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
      continue() # it reads /proc
    endif()
    if(name STREQUAL "07_flight_recorder" AND WIN32)
      continue() # it handles signals
    endif()
    if(sources)
      atomic_log_add_example(${name} ${sources})
    endif()
  endforeach()
endfunction()

function(atomic_log_add_example name)
  set(target example_${name})
  add_executable(${target} ${ARGN})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME "${name}" RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples-c"
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE AtomicLog::atomic_log Threads::Threads $<$<NOT:$<BOOL:${MSVC}>>:m>)
  if(name STREQUAL "game_loop")
    atomic_log_add_window(${target})
  endif()
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Werror)
  if(MINGW)
    target_compile_options(${target} PRIVATE -Wno-float-conversion) # of which its isnan() has one
  endif()
  if(name MATCHES "^[0-9]")
    atomic_log_add_example_test(${target} ${target})
    if(name STREQUAL "07_flight_recorder" AND NOT CMAKE_CROSSCOMPILING AND ATOMIC_LOG_SANITIZER STREQUAL "")
      # ThreadSanitizer delivers a signal when the program calls a function of libc's, and this one calls none.
      # UndefinedBehaviorSanitizer ends the program before the fault.
      find_package(Python3 REQUIRED COMPONENTS Interpreter)
      atomic_log_add_example_test(${target}_crashes "${Python3_EXECUTABLE}"
        "${PROJECT_SOURCE_DIR}/c-tests/check_flight_recorder.py" $<TARGET_FILE:${target}>)
    endif()
  elseif(name STREQUAL "sysmon")
    atomic_log_add_example_test(${target} ${target} --seconds 2)
    # An alarm that sleeps for longer than readings are retained, and more events than the machine produces.
    atomic_log_add_example_test(${target}_stalled ${target} --seconds 3 --retain 200 --stall-alarm 400
      --lines "${PROJECT_SOURCE_DIR}/README.md")
    find_package(Python3 REQUIRED COMPONENTS Interpreter)
    atomic_log_add_example_test(${target}_described "${Python3_EXECUTABLE}"
      "${PROJECT_SOURCE_DIR}/c-tests/check_sysmon.py" $<TARGET_FILE:${target}>)
  elseif(name STREQUAL "game_loop")
    atomic_log_add_game_tests(${target})
  endif()
endfunction()

# The window is SDL 2's. Not with a sanitizer: SDL is not instrumented, and its faults would be reported as ours.
function(atomic_log_add_window target)
  find_package(SDL2 QUIET)
  if(TARGET SDL2::SDL2 AND NOT ATOMIC_LOG_SANITIZER)
    target_compile_definitions(${target} PRIVATE GAME_LOOP_WINDOW)
    target_link_libraries(${target} PRIVATE SDL2::SDL2)
  elseif(NOT ATOMIC_LOG_SANITIZER)
    message(STATUS "no SDL 2: game_loop is built without its window, and tested without it")
  endif()
endfunction()

function(atomic_log_add_game_tests target)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(picture "${CMAKE_CURRENT_BINARY_DIR}/examples-c/game_loop.bmp")
  atomic_log_add_example_test(${target} ${target} --headless --seconds 2 --stall-at 0.5 --stall-for 1
    --screenshot "${picture}")
  atomic_log_add_example_test(${target}_picture
    "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/examples-c/game_loop/check_picture.py" "${picture}" --prove)
  set_tests_properties(${target} PROPERTIES FIXTURES_SETUP game_picture)
  set_tests_properties(${target}_picture PROPERTIES FIXTURES_REQUIRED game_picture)
  if(NOT WIN32 AND NOT CMAKE_CROSSCOMPILING) # Windows has no such signals, and Python would need the emulator
    atomic_log_add_example_test(${target}_recorded "${Python3_EXECUTABLE}"
      "${PROJECT_SOURCE_DIR}/c-tests/check_game_loop.py" $<TARGET_FILE:${target}>)
  endif()
  get_target_property(libraries ${target} LINK_LIBRARIES)
  if("SDL2::SDL2" IN_LIST libraries)
    atomic_log_add_example_test(${target}_window ${target} --seconds 2 --stall-at 0.5 --stall-for 1)
    set_property(TEST ${target}_window APPEND PROPERTY ENVIRONMENT SDL_VIDEODRIVER=dummy)
  endif()
endfunction()

function(atomic_log_add_example_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT 120 LABELS example ENVIRONMENT "${ATOMIC_LOG_TEST_ENVIRONMENT}")
endfunction()

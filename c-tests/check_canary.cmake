# Runs PROGRAM with MODE, which does something that a sanitizer must report. Fails unless the sanitizer stopped it and
# the report says each of EXPECTED (separated by |). That the program merely failed proves nothing: it may have crashed.

cmake_minimum_required(VERSION 3.21)

execute_process(COMMAND "${PROGRAM}" "${MODE}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
set(report "${output}${error}")

if(result STREQUAL "0")
  message(FATAL_ERROR "${PROGRAM} ${MODE} came to its end as if nothing were wrong:\n${report}")
endif()

string(REPLACE "|" ";" expected "${EXPECTED}")
if(NOT expected)
  message(FATAL_ERROR "nothing is expected of the report")
endif()
foreach(text IN LISTS expected)
  string(FIND "${report}" "${text}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${PROGRAM} ${MODE} ended with ${result}, but its report does not say \"${text}\":\n${report}")
  endif()
endforeach()
message(STATUS "${MODE} is reported: ${EXPECTED}")

# Removes what an install created: each file that MANIFEST lists, below DESTDIR if it is set, and then our directories
# that are empty after this. Files that are gone already are ignored.

if(NOT EXISTS "${MANIFEST}")
  message(FATAL_ERROR "nothing was installed from here: ${MANIFEST} is not there")
endif()

file(STRINGS "${MANIFEST}" files)
foreach(file IN LISTS files)
  set(file "$ENV{DESTDIR}${file}")
  if(EXISTS "${file}" OR IS_SYMLINK "${file}")
    message(STATUS "Removing ${file}")
    file(REMOVE "${file}")
  endif()
  get_filename_component(place "${file}" DIRECTORY)
  while(place MATCHES "/(AtomicLog(Nats)?|atomic_log(_nats)?(/(docs|html)(/.*)?)?)$")
    file(GLOB left "${place}/*")
    if(left OR NOT IS_DIRECTORY "${place}")
      break()
    endif()
    file(REMOVE_RECURSE "${place}")
    get_filename_component(place "${place}" DIRECTORY)
  endwhile()
endforeach()

# find_package(mdm 1 REQUIRED), then target_link_libraries(program PRIVATE mdm::mdm).
get_filename_component(_mdm_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET mdm::mdm)
  add_library(mdm::mdm SHARED IMPORTED)
  set_target_properties(mdm::mdm PROPERTIES
    IMPORTED_LOCATION "${_mdm_prefix}/lib/libmdm.so.1"
    IMPORTED_SONAME "libmdm.so.1"
    INTERFACE_INCLUDE_DIRECTORIES "${_mdm_prefix}/include"
    INTERFACE_COMPILE_FEATURES "cxx_std_17")
endif()
unset(_mdm_prefix)

from django.urls import URLPattern, URLResolver, path

from consultations.desk import outside

urlpatterns: list[URLPattern | URLResolver] = [
    path("beratung/zugewiesen/", outside.overview, name="consultations_outside"),
    path("beratung/zugewiesen/<int:pk>/", outside.case, name="consultations_outside_case"),
    path("beratung/zugewiesen/datei/<int:pk>/", outside.download, name="consultations_outside_file"),
]

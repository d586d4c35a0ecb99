"""Static files under names that carry their content's hash."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Renames what our ES modules import as well, so that no browser mixes modules of two versions.

    Django's own switch for it covers all scripts and stumbles over those of other packages.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

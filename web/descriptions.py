"""What describes the archive: to programs, and to browsers that add it to their search engines."""

from importlib.metadata import version
from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Response, request, url_for

from web.archive import archive_title
from web.blueprints import for_programs
from web.markup import fit
from web.openapi import document
from web.parameters import read_parameters
from web.problems import json_response

OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
MEDIA_TYPE = "application/opensearchdescription+xml; charset=utf-8"
SHORT_NAME = 16
"""Characters that the specification gives a name that browsers show."""

_TERMS = "{searchTerms}"

blueprint = for_programs("backfile_descriptions", __name__)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe the API exactly."""
    read_parameters(request.args, ())
    return json_response(document(archive_title(), version("backfile"), request.root_path))


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """Describe the archive to a browser: where to search, where to ask for suggestions, where to follow."""
    read_parameters(request.args, ())
    title = fit(archive_title())
    top = Element("OpenSearchDescription", xmlns=OPENSEARCH)
    SubElement(top, "ShortName").text = title if len(title) <= SHORT_NAME else title[: SHORT_NAME - 1] + "…"
    SubElement(top, "LongName").text = title[:48]
    SubElement(top, "Description").text = f"Search {title}"[:1024]
    SubElement(top, "InputEncoding").text = "UTF-8"
    suggested = _address("backfile_lookups.suggest") + f"?q={_TERMS}&format=opensearch"
    for media, template in (
        ("text/html", _address("backfile.search") + f"?q={_TERMS}"),
        ("application/x-suggestions+json", suggested),
        ("application/atom+xml", _address("backfile_feed.feed") + f"?q={_TERMS}"),
    ):
        SubElement(top, "Url", type=media, template=template)
    icon = SubElement(top, "Image", type="image/svg+xml")
    icon.text = url_for("backfile.static", filename="icon.svg", _external=True)
    return Response(tostring(top, encoding="utf-8", xml_declaration=True), content_type=MEDIA_TYPE)


def _address(endpoint: str) -> str:
    return url_for(endpoint, _external=True)

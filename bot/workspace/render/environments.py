"""The Jinja environments of the page, one per catalog language."""

import gettext
from functools import cache
from importlib.resources import as_file, files

from jinja2 import ChainableUndefined, Environment, PackageLoader

LANGUAGES = ("zh_CN", "en")
DOMAIN = "workspace"


def language_of(tag: str) -> str:
    """The catalog for a locale tag: anything Chinese is `zh_CN`, the rest `en`."""
    return "zh_CN" if tag.replace("_", "-").lower().startswith("zh") else "en"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The page's catalog; a missing file is an error of the installation."""
    with as_file(files("bot.workspace").joinpath("locale")) as folder:
        return gettext.translation(DOMAIN, folder, [language])


@cache
def environment(language: str) -> Environment:
    """Autoescaping Jinja with the gettext catalog of `language` installed."""
    made = Environment(
        loader=PackageLoader("bot.workspace"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=ChainableUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    return made

"""Forms in the markup of the design system: `{{ form }}` is a summary of errors and KERN fields."""

from django.forms.renderers import TemplatesSetting


class KernFormRenderer(TemplatesSetting):
    """Renders forms and fields with templates/forms/; widgets stay Django's, since Wagtail's admin shares them."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

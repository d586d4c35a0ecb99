from django.forms.renderers import TemplatesSetting


class KernFormRenderer(TemplatesSetting):
    pass

using Mdm.Dicom.Confidentiality;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>The rule files that this plugin carries beside those of the shared library.</summary>
internal static class PluginRules
{
    public static IEnumerable<string> Lines(string name) => RuleFile.Lines(typeof(PluginRules).Assembly, name);
}

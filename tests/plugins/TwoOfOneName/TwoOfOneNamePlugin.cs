using Mdm.Abstractions;

[assembly: MdmPlugin(typeof(Mdm.TestPlugins.TwoOfOneName.TwoOfOneNamePlugin))]

namespace Mdm.TestPlugins.TwoOfOneName;

public sealed class TwoOfOneNamePlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar)
    {
        registrar.AddDeidentifier<Nothing, Options>("twice", (_, _) => new Nothing());
        registrar.AddDeidentifier<Nothing, Options>("twice", (_, _) => new Nothing());
        registrar.AddDeidentifier<Nothing, Options>("Not A Name", (_, _) => new Nothing());
        registrar.AddDeidentifier<IDeidentifier, Options>("not-concrete", (_, _) => new Nothing());
    }

    private sealed class Options;

    private sealed class Nothing : IDeidentifier
    {
        public string RulesVersion => "1";

        public bool Accepts(string mediaType) => false;

        public ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken) =>
            throw new MdmException(MdmErrorKind.Refused, "Nothing is de-identified here.");

        public ValueTask DisposeAsync() => default;
    }
}

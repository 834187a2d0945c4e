using System.CommandLine;
using Mdm.Abstractions;

namespace Mdm.Cli.Eds;

/// <summary>The options by which the original chose a cipher. There is one here: they are read, and what else they ask for is remarked on.</summary>
internal sealed class CipherOptions
{
    private const string Cipher = "aes-256-gcm";
    private const int LeastBits = 40;

    private readonly Option<string?> _cipher = new("-c") { Description = $"A cipher's name, as the original took it. Files are sealed with {Cipher} whatever it is.", HelpName = "CIPHER" };
    private readonly Option<int?> _bits = new("-k") { Description = $"A length in bits, as the original took it. Keys have {ContentKey.Size * 8} whatever it is.", HelpName = "BITS" };

    public void AddTo(Command command)
    {
        _bits.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is { } bits and not (>= LeastBits and <= ContentKey.Size * 8))
                result.AddError($"-k takes {LeastBits} to {ContentKey.Size * 8} bits, not {bits}");
        });
        command.Options.Add(_cipher);
        command.Options.Add(_bits);
    }

    public void Remark(EdsCall call)
    {
        if (call.Parsed.GetValue(_cipher) is { } cipher && !string.Equals(cipher, Cipher, StringComparison.OrdinalIgnoreCase))
            call.Remark($"{cipher} is not used: what it made could be altered unseen. Files are sealed with {Cipher}.");
    }
}

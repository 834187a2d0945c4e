using System.Text;
using Mdm.Abstractions;
using Mdm.Fuzz.Corpus;
using Mdm.Host.Srm;
using Mdm.Srm.Soap;

namespace Mdm.Fuzz.Targets;

/// <summary>What a grid client sends in SOAP, and what a host answers to ours; names in every form.</summary>
internal static class SrmTargets
{
    public static IEnumerable<FuzzTarget> All() =>
    [
        new("soap-request", InputShape.Text, SrmCorpus.RequestSeeds, Request) { Tokens = SrmCorpus.Tokens },
        new("soap-response", InputShape.Text, SrmCorpus.ResponseSeeds, Response) { Tokens = SrmCorpus.Tokens },
        new("surl", InputShape.Text, _ => SurlSeeds(), TakesSurl) { Tokens = [.. new[] { "%2F", "%00", "..", "/./", "//", "?SFN=", "[::1]", ":8446", "%", "%C3%A4", "@", "#" }.Select(Encoding.ASCII.GetBytes)], MaxLength = 16 * 1024 },
        new("names", InputShape.Text, _ => NameSeeds(), Names) { Tokens = [.. new[] { "default:", "group:", "user:", "mask::", ":rwx", "/Role=", "/Capability=NULL", "/CN=", "\\" }.Select(Encoding.ASCII.GetBytes)], MaxLength = 4096 },
    ];

    private static bool Request(byte[] input)
    {
        byte[] written;
        try
        {
            if (SoapReader.ReadRequest(input, SoapLimits.Request).Message is not { } message)
                return false;
            written = SrmCorpus.Written(message);
        }
        catch (SoapException)
        {
            return false;
        }
        var again = SoapReader.ReadRequest(written, SoapLimits.Request).Message ?? throw new FindingException("what was read and written is refused");
        Same(written, SrmCorpus.Written(again));
        return true;
    }

    private static bool Response(byte[] input)
    {
        byte[] written;
        try
        {
            written = SrmCorpus.Written(SoapReader.ReadResponse(input, SoapLimits.Response));
        }
        catch (SoapException)
        {
            return false;
        }
        Same(written, SrmCorpus.Written(SoapReader.ReadResponse(written, SoapLimits.Response)));
        return true;
    }

    private static void Same(byte[] first, byte[] second)
    {
        if (!first.AsSpan().SequenceEqual(second))
            throw new FindingException("write, read, write gives another message");
    }

    private static byte[][] SurlSeeds() =>
    [
        .. new[]
        {
            "srm://host.example:8446/grid/vo/file.dcm", "srm://host/srm/managerv2?SFN=/grid/vo/a%20b", "srm://[2001:db8::1]:8446/x", "srm://host", "srm://host/%C3%A4/\u65e5\u672c", "SRM://h/a%2Fb%25",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static bool TakesSurl(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!Surl.TryParse(text, out var surl, out var refusal))
            return refusal is null ? throw new FindingException("refused without a status") : false;
        if (surl.Text != text)
            throw new FindingException("the text to echo is not what was sent");
        if (surl.Path.ToString() is var path && StoragePath.Parse(path).ToString() != path)
            throw new FindingException("the path is not stable");
        return true;
    }

    private static byte[][] NameSeeds() =>
    [
        .. new[] { "/vo/group/Role=x/Capability=NULL", "/DC=org/CN=Some Body/emailAddress=a@b", "user:/DC=org/CN=x:rwx", "default:group:/vo/Role=y:r-x", "mask::r--", "other::---", "/grid/vo/\u00e4/x.dcm" }.Select(Encoding.UTF8.GetBytes),
    ];

    private static bool Names(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var taken = false;
        if (Fqan.TryParse(text, out var fqan))
            taken = Fqan.Parse(fqan.ToString()).Equals(fqan) ? true : throw new FindingException("the FQAN is not stable");
        if (DistinguishedName.TryParse(text, out var name))
            taken = DistinguishedName.Parse(name.ToString()).Equals(name) ? true : throw new FindingException("the name is not stable");
        if (StoragePath.TryParse(text, out var path))
            taken = StoragePath.Parse(path.ToString()).Equals(path) ? true : throw new FindingException("the path is not stable");
        if (FileId.TryParse(text, out var id))
            taken = FileId.Parse(id.ToString()).Equals(id) ? true : throw new FindingException("the file id is not stable");
        try
        {
            var entry = AclEntry.Parse(text);
            return AclEntry.Parse(entry.ToString()).Equals(entry) ? true : throw new FindingException("the ACL entry is not stable");
        }
        catch (MdmException)
        {
            return taken;
        }
    }
}

using System.Text;
using System.Xml.Linq;
using Mdm.Srm.Messages;
using Mdm.Srm.Tests.Messages;

namespace Mdm.Srm.Tests.Soap;

/// <summary>What is written has the elements of the WSDL, all of them, in its order.</summary>
public class WsdlTests
{
    private static readonly XNamespace Schema = "http://www.w3.org/2001/XMLSchema";

    [SkippableFact]
    public void Every_message_has_the_elements_of_the_WSDL_in_its_order()
    {
        var wsdl = Samples.Srm is null ? "" : Path.Combine(Samples.Srm, "srm.v2.2.wsdl");
        Skip.IfNot(File.Exists(wsdl), "The WSDL does not stand beside the checkout.");
        var types = XDocument.Load(wsdl).Descendants(Schema + "complexType").ToDictionary(t => t.Attribute("name")!.Value);

        foreach (var type in Generated.MessageTypes(typeof(SrmRequest)))
            CheckAll(seed => RoundTripTests.Written((SrmRequest)new Generated(seed).Make(type)), types);
        foreach (var type in Generated.MessageTypes(typeof(SrmResponse)))
            CheckAll(seed => RoundTripTests.Written((SrmResponse)new Generated(seed).Make(type)), types);
    }

    private static void CheckAll(Func<int, byte[]> write, Dictionary<string, XElement> types)
    {
        // Arrays have between no and three items, so several seeds see the inside of each.
        for (var seed = 0; seed < 8; seed++)
        {
            var part = XDocument.Parse(Encoding.UTF8.GetString(write(seed))).Descendants().Single(e => e.Name.Namespace == XNamespace.None && e.Parent!.Name.Namespace != XNamespace.None);
            Check(part, types[part.Name.LocalName], types, nesting: 0);
        }
    }

    private static void Check(XElement written, XElement type, Dictionary<string, XElement> types, int nesting)
    {
        var declared = type.Descendants(Schema + "element").ToList();
        var isArray = declared is [{ } only] && only.Attribute("maxOccurs")?.Value == "unbounded";
        var names = written.Elements().Select(e => e.Name.LocalName).ToList();
        var expected = declared.Select(e => e.Attribute("name")!.Value).ToList();
        if (isArray)
            names.Distinct().Should().BeSubsetOf(expected);
        else if (nesting < 3)
            names.Should().Equal(expected, "that is the order of {0}", type.Attribute("name")!.Value);
        foreach (var child in written.Elements())
        {
            var typeName = declared.Single(e => e.Attribute("name")!.Value == child.Name.LocalName).Attribute("type")!.Value.Split(':')[^1];
            if (types.TryGetValue(typeName, out var childType))
                Check(child, childType, types, isArray ? nesting : nesting + 1);
        }
    }
}
